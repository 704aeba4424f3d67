import { orLeft } from "../../leaving.ts";
import { semaphore } from "../../semaphore.ts";
import { AcmeProblem, problemOf, timeIn } from "./problem.ts";
import type { Signer } from "./signer.ts";

/** One try. Authorities answer in a second or two. */
const TRY_MS = 15_000;
/**
 * Calls to one authority side by side. Hundreds of orders at once would take the process's connections from one another, and wait for one
 * longer than a try lasts: its time begins when it is sent.
 */
const AT_ONCE = 24;
/** A broken line and a server in trouble: 4 s of pauses, then the next authority is asked. */
const TRIES = 4;
const AGAIN_MS = 500;
/** A nonce is good once and for a while; its refusal brings another (RFC 8555 §6.5). A few may be lost to their load balancing. */
const NONCES = 8;
/** Four certificates have 8 kB. */
const ANSWER_LIMIT = 1024 * 1024;

export interface AcmeDirectory {
  newNonce: string;
  newAccount: string;
  newOrder: string;
  meta?: { externalAccountRequired?: boolean };
}

export interface AcmeAnswer {
  /** JSON, or the text of what is none. */
  body: unknown;
  /** Of what was made. */
  location?: string;
  /** Milliseconds, where it says when to ask again. */
  againMs?: number;
}

/** Calls to one authority. All have tries and a deadline; they end with their signal. @throws AcmeProblem */
export interface AcmeCalls {
  directory(signal: AbortSignal): Promise<AcmeDirectory>;
  /** @param kid the account's address; undefined: by its key @param payload undefined: only reads */
  post(url: string, payload: object | undefined, who: { kid?: string; signal: AbortSignal }): Promise<AcmeAnswer>;
}

/** @param address of the directory @param ca PEM: whom its address may be signed by, besides those whom all believe */
export function openCalls(address: string, signer: Signer, ca?: string): AcmeCalls {
  const nonces: string[] = [];
  const inTurn = semaphore(AT_ONCE);
  let known: AcmeDirectory | undefined;

  async function send(url: string, init: RequestInit, signal: AbortSignal): Promise<{ response: Response; text: string }> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
    const response = await fetch(url, { ...init, signal: limited, keepalive: false, ...(ca && { tls: { ca } }) } as RequestInit);
    const nonce = response.headers.get("replay-nonce");
    if (nonce) nonces.push(nonce);
    const text = await response.text();
    if (text.length > ANSWER_LIMIT) throw new AcmeProblem(`its answer has ${text.length} characters`);
    return { response, text };
  }

  /** @param init anew for each try */
  async function asked(url: string, init: () => Promise<RequestInit>, signal: AbortSignal) {
    for (let round = 1; ; round++) {
      const found = await init()
        .then((ready) => inTurn(() => send(url, ready, signal)))
        .catch((error: Error) => error);
      signal.throwIfAborted();
      if (found instanceof AcmeProblem) throw found;
      if (!(found instanceof Error) && found.response.status < 500) return found;
      if (round === TRIES) {
        if (found instanceof Error) throw new AcmeProblem(`it can't be reached: ${reasonOf(found)}`);
        return found;
      }
      await orLeft(Bun.sleep(AGAIN_MS * 2 ** (round - 1)), signal);
    }
  }

  async function read(url: string, init: () => Promise<RequestInit>, signal: AbortSignal): Promise<AcmeAnswer> {
    const { response, text } = await asked(url, init, signal);
    const { headers, status, ok } = response;
    const body = headers.get("content-type")?.includes("json") ? parsed(text) : text;
    if (!ok) throw problemOf(status, body, headers.get("retry-after"));
    const [location, again] = [headers.get("location"), timeIn(headers.get("retry-after")) - Date.now()];
    return { body, ...(location && { location }), ...(again > 0 && { againMs: again }) };
  }

  async function directory(signal: AbortSignal): Promise<AcmeDirectory> {
    known ??= (await read(address, async () => ({}), signal)).body as AcmeDirectory;
    return known;
  }

  async function nonce(signal: AbortSignal): Promise<string> {
    if (nonces.length === 0) await asked((await directory(signal)).newNonce, async () => ({ method: "HEAD" }), signal);
    const found = nonces.pop();
    if (found === undefined) throw new AcmeProblem("it gives no nonce");
    return found;
  }

  return {
    directory,
    post: async (url, payload, { kid, signal }) => {
      const init = async () => ({
        method: "POST",
        headers: { "content-type": "application/jose+json" },
        body: JSON.stringify(signer.sign({ url, nonce: await nonce(signal), ...(kid && { kid }) }, payload)),
      });
      for (let round = 1; ; round++) {
        const found = await read(url, init, signal).catch((error: Error) => error);
        if (!(found instanceof Error)) return found;
        if (!(found instanceof AcmeProblem && found.kind === "badNonce") || round === NONCES) throw found;
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `ConnectionRefused`, or what a certificate is refused for. */
const reasonOf = (error: Error): string => {
  if (error.name === "TimeoutError") return `no answer within ${TRY_MS / 1000} s`;
  return (error as { code?: string }).code ?? error.message;
};
