import { orLeft } from "../../leaving.ts";
import type { AcmeCalls } from "./calls.ts";
import { AcmeProblem } from "./problem.ts";
import type { Signer } from "./signer.ts";

/** How often what is under way is asked for, unless the authority says otherwise; one that says an hour isn't obeyed: a class waits. */
const ASK_MS = { first: 250, most: 5000 };

export type ChallengeType = "dns-01" | "http-01";

/** Something to be shown before the authority signs for a name. */
export interface Challenge {
  url: string;
  token: string;
  keyAuthorization: string;
}

export interface Order {
  url: string;
  finalize: string;
  authorizations: string[];
}

/** One account at one authority (RFC 8555). Every call may be given up by its signal. @throws AcmeProblem with the authority's words */
export interface AcmeClient {
  order(hosts: readonly string[], signal: AbortSignal): Promise<Order>;
  /** What is still to be shown for the order, and where what was shown is followed. */
  open(order: Order, type: ChallengeType, signal: AbortSignal): Promise<{ url: string; challenge: Challenge }[]>;
  /** Lets the authority look, and waits for its word. @param url of the authorization */
  shown(url: string, challenge: Challenge, signal: AbortSignal): Promise<void>;
  /** @param csr PEM @returns the chain, PEM, the leaf first */
  finish(order: Order, csr: string, signal: AbortSignal): Promise<string>;
}

interface Shape {
  status: string;
  error?: { detail?: string };
}
interface OrderShape extends Shape, Omit<Order, "url"> {
  certificate?: string;
}
interface ChallengeShape extends Shape {
  type: string;
  url: string;
  token: string;
}
interface AuthorizationShape extends Shape {
  challenges: ChallengeShape[];
}

/** @param kid the account's address */
export function openClient(calls: AcmeCalls, signer: Signer, kid: string): AcmeClient {
  const post = (url: string, payload: object | undefined, signal: AbortSignal) => calls.post(url, payload, { kid, signal });
  const read = async <T>(url: string, signal: AbortSignal) => (await post(url, undefined, signal)).body as T;

  /** Once it is none of these. */
  async function settled<T extends Shape>(url: string, pending: readonly string[], signal: AbortSignal): Promise<T> {
    for (let pause = ASK_MS.first; ; pause = Math.min(pause * 2, ASK_MS.most)) {
      const { body, againMs = pause } = await post(url, undefined, signal);
      if (!pending.includes((body as T).status)) return body as T;
      await orLeft(Bun.sleep(Math.min(againMs, ASK_MS.most)), signal);
    }
  }

  /** Asks for something to be done and waits for its end. A refusal may only mean that it was done before, and the answer lost. */
  async function done<T extends Shape>(
    at: string,
    wish: object,
    follow: string,
    pending: readonly string[],
    signal: AbortSignal,
  ) {
    const refused = await post(at, wish, signal).then(
      () => undefined,
      (error: Error) => error,
    );
    signal.throwIfAborted();
    return { refused, found: await settled<T>(follow, refused ? [] : pending, signal) };
  }

  return {
    order: async (hosts, signal) => {
      const identifiers = hosts.map((value) => ({ type: "dns", value }));
      const made = await post((await calls.directory(signal)).newOrder, { identifiers }, signal);
      return { ...(made.body as OrderShape), url: made.location ?? "" };
    },
    open: async ({ authorizations }, type, signal) => {
      const all = await Promise.all(
        authorizations.map(async (url) => ({ url, ...(await read<AuthorizationShape>(url, signal)) })),
      );
      const open = all.filter(({ status }) => status !== "valid");
      return open.map(({ url, challenges }) => {
        const found = challenges.find((challenge) => challenge.type === type);
        if (!found) throw new AcmeProblem(`it takes no answers by ${type}`);
        const { token } = found;
        return { url, challenge: { url: found.url, token, keyAuthorization: signer.keyAuthorization(token) } };
      });
    },
    shown: async (url, challenge, signal) => {
      const { refused, found } = await done<AuthorizationShape>(challenge.url, {}, url, ["pending"], signal);
      if (found.status === "valid") return;
      const why = found.challenges.find(({ error }) => error)?.error?.detail;
      throw refused ?? new AcmeProblem(why ?? `its look at the proof ended as “${found.status}”`);
    },
    finish: async (order, csr, signal) => {
      const wish = { csr: Buffer.from(csr.replace(/-----[^\n]+-----|\s/g, ""), "base64").toString("base64url") };
      const { refused, found } = await done<OrderShape>(order.finalize, wish, order.url, ["ready", "processing"], signal);
      if (found.status !== "valid" || !found.certificate)
        throw refused ?? new AcmeProblem(found.error?.detail ?? `the order ended as “${found.status}”`);
      return String((await post(found.certificate, undefined, signal)).body);
    },
  };
}
