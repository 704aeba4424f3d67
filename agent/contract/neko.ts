import { isIP } from "node:net";
import { ICE_SERVERS_MOST, type IceServer, isIceUrl, wantsSignIn } from "./ice.ts";
import { SEATS_LIMIT } from "./seats.ts";

/** Where neko answers on its seat's localhost: below what learners' programs may bind, so that what answers there is neko's. */
export const NEKO_HTTP_PORT = 51;

/** Where the Chromium of neko's image speaks CDP on its seat's localhost; the agent goes on from the port that learners are told. */
export const NEKO_CDP_PORT = 9223;

/** Media of seat NN goes by `base + NN`, UDP and TCP, the same number inside and outside. */
export const NEKO_PORTS = 52_000;

/** What the agent is told of neko. */
export interface NekoSettings {
  image: string;
  /** What is announced to browsers: an IPv4 address by which they reach this machine. Missing: nobody said; see machine-address.ts. */
  address?: string;
  /** Media ports begin after it. */
  ports: number;
  /** STUN and TURN that learners' browsers may use; none, as a rule. */
  iceServers: readonly IceServer[];
}

/** Of one name or password. */
const WORD_LIMIT = 500;

/** Seats of all machines of a workshop have a port each above the base. */
const LAST_BASE = 64_000;

/**
 * Undefined without `CLARATEACH_NEKO_IMAGE`: the seat's browser is shown by vnc alone.
 * @throws with a sentence for a setting that is none
 */
export function nekoSettings(env: Readonly<Record<string, string | undefined>>): NekoSettings | undefined {
  const image = env.CLARATEACH_NEKO_IMAGE?.trim();
  if (!image) return undefined;
  requireReference(image);
  const address = addressIn(env.CLARATEACH_NEKO_ADDRESS?.trim());
  return {
    ...{ image, ports: portsIn(env.CLARATEACH_NEKO_PORTS?.trim()), iceServers: iceServersIn(env.CLARATEACH_ICE_SERVERS?.trim()) },
    ...(address !== undefined && { address }),
  };
}

/** As Docker has it: a host, a path, a tag, a digest. */
const REFERENCE = /^[a-z0-9]+([._:/-]+[a-z0-9]+){0,40}(:[\w.-]{1,128})?(@sha256:[0-9a-f]{64})?$/;

function requireReference(image: string): void {
  if (image.length <= 255 && REFERENCE.test(image) && !image.includes("//")) return;
  throw new Error(
    `CLARATEACH_NEKO_IMAGE is "${image.slice(0, 255)}"; set it to an image that Docker has or can pull, like registry.example.org/neko:1.`,
  );
}

function addressIn(given: string | undefined): string | undefined {
  if (!given) return undefined;
  const [first = 0] = given.split(".").map(Number);
  // Seats have no IPv6; of IPv4 not this computer's own, and nobody's.
  if (isIP(given) === 4 && first > 0 && first !== 127 && first < 224) return given;
  throw new Error(
    `CLARATEACH_NEKO_ADDRESS is "${given}"; set it to the IPv4 address by which learners' browsers reach this machine, never to localhost's.`,
  );
}

function portsIn(given: string | undefined): number {
  const base = Number(given || NEKO_PORTS);
  if (Number.isInteger(base) && base >= 1024 && base <= LAST_BASE) return base;
  throw new Error(
    `CLARATEACH_NEKO_PORTS is "${given}"; set it to a number from 1024 to ${LAST_BASE}: seat 01 gets the next port.`,
  );
}

/** UDP and TCP of one seat. */
export const mediaPort = ({ ports }: Pick<NekoSettings, "ports">, seat: number): number => ports + seat;

/** Those of all seats that a workshop may have. */
export const mediaPorts = (settings: Pick<NekoSettings, "ports">): { first: number; last: number } => ({
  first: mediaPort(settings, 1),
  last: mediaPort(settings, SEATS_LIMIT),
});

/** @param given `CLARATEACH_ICE_SERVERS` @throws with a sentence for what is none */
export function iceServersIn(given: string | undefined): readonly IceServer[] {
  if (!given) return [];
  const servers = listIn(given);
  if (servers && servers.length <= ICE_SERVERS_MOST && servers.every(isIceServer)) return servers.map(cleaned);
  // What stands there may have a password in it: it isn't repeated.
  throw new Error(
    `CLARATEACH_ICE_SERVERS isn't a list as browsers take it; write [{"urls":["turn:turn.example.org:3478"],"username":"…","credential":"…"}] with at most ${ICE_SERVERS_MOST} servers.`,
  );
}

function listIn(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without spaces, quotes and backslashes: it passes through a file of systemd's on its way. */
const PRINTABLE = /^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]+$/;
const isWord = (value: unknown): value is string =>
  typeof value === "string" && value.length <= WORD_LIMIT && PRINTABLE.test(value);

function isIceServer(value: unknown): value is IceServer {
  const { urls, username, credential } = (value ?? {}) as Record<string, unknown>;
  const isNamed = [username, credential].every((word) => word === undefined || isWord(word));
  const isWhole = username !== undefined && credential !== undefined;
  if (!isNamed || !Array.isArray(urls) || urls.length === 0) return false;
  return urls.every((url) => isIceUrl(url) && (isWhole || !wantsSignIn(url)));
}

const cleaned = ({ urls, username, credential }: IceServer): IceServer => ({
  urls: [...urls],
  ...(username !== undefined && { username }),
  ...(credential !== undefined && { credential }),
});
