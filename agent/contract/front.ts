import { type Static, Type } from "@sinclair/typebox";

/** In the gateway's data directory: the front's own, with its wish, its pid and its log. */
export const FRONT_DIRECTORY = "front";
/** The wish, replaced whole by the gateway. */
export const FRONT_FILE = "front.json";

/** Where certification authorities look for the answer to their challenge (RFC 8555 §8.3). */
export const CHALLENGE_PATH = "/.well-known/acme-challenge/";

const Port = Type.Integer({ minimum: 1, maximum: 65535 });
const Host = Type.String({ pattern: "^[a-z0-9.-]{1,253}$" });
/** On loopback: the front speaks plain http to it. */
const Upstream = Type.String({ pattern: "^127\\.0\\.0\\.1:[0-9]{1,5}$" });
const Site = Type.Object({ host: Host, upstream: Upstream });
export type Site = Static<typeof Site>;

/** What the gateway wants of the front. The contract only grows: a front may be older or newer than its gateway. */
export const FrontDocument = Type.Object({
  version: Type.Literal(1),
  /** Read once, at the start. */
  listen: Type.Object({ address: Type.String(), http: Port, https: Port }),
  /** Missing on a machine that stands alone. */
  gateway: Type.Optional(Site),
  /** Each machine's listener for learners. */
  machines: Type.Array(Site),
  /** PEM files with a key and its chain; the fingerprint tells that one was renewed. The first answers clients that name no host. */
  certificates: Type.Array(Type.Object({ host: Host, path: Type.String(), fingerprint: Type.Optional(Type.String()) })),
  /** Token → key authorization. */
  challenges: Type.Record(Type.String({ pattern: "^[A-Za-z0-9_-]{1,200}$" }), Type.String()),
});
export type FrontDocument = Static<typeof FrontDocument>;
