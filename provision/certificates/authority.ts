import { createHash } from "node:crypto";
import * as acme from "acme-client";
import type { CertificateFiles } from "./files.ts";

/** An order is a few calls and one visit of theirs; what takes longer won't come. */
const ORDER_MS = 90_000;
/** How often a pending order is asked for. */
const ASK_MS = { least: 1000, most: 5000 };
/** A line that broke is tried once more. */
const TRIES = 2;
const AGAIN_MS = 1000;

/** Where authorities find the answers to their challenges. */
export interface ChallengeAnswers {
  /** Resolves once port 80 gives this answer. @throws DoorProblem when it doesn't */
  put(token: string, answer: string, host: string): Promise<void>;
  remove(token: string): Promise<void>;
}

/** This server's own doors are shut: no authority can help. */
export class DoorProblem extends Error {
  override readonly name = "DoorProblem";
}

/** One place that gives certificates, by ACME with HTTP-01 (RFC 8555 §8.3). */
export interface Authority {
  /** For messages: `acme-v02.api.letsencrypt.org`. */
  name: string;
  /** @throws with the authority's words */
  order(host: string, signal: AbortSignal): Promise<{ key: string; chain: string }>;
}

// Its own patience waits as long as an authority asks, hours when there were too many orders, and a class is waiting.
(acme.axios.defaults as unknown as { acmeSettings: { retryMaxAttempts: number } }).acmeSettings.retryMaxAttempts = 0;

/** @param directory the authority's address */
export function openAuthority(directory: string, files: CertificateFiles, answers: ChallengeAnswers): Authority {
  const name = URL.canParse(directory) ? new URL(directory).host : directory;
  const account = `account-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`;

  /** One account at each authority, made at the first order. */
  async function signedUp(): Promise<acme.Client> {
    const { key, url } = (await files.account(account)) ?? { key: await newKey() };
    const client = new acme.Client({
      directoryUrl: directory,
      accountKey: key,
      ...(url !== undefined && { accountUrl: url }),
      backoffAttempts: Math.ceil(ORDER_MS / ASK_MS.most),
      backoffMin: ASK_MS.least,
      backoffMax: ASK_MS.most,
    });
    if (url !== undefined) return client;
    await files.saveAccount(account, { key });
    await client.createAccount({ termsOfServiceAgreed: true }).catch((error) => {
      // It was made by a start that was killed before it heard so; some authorities call asking again an empty update.
      if (!hasUrl(client)) throw error;
    });
    await files.saveAccount(account, { key, url: client.getAccountUrl() });
    return client;
  }

  async function order(host: string, signal: AbortSignal): Promise<{ key: string; chain: string }> {
    const client = await signedUp();
    const [key, csr] = await acme.crypto.createCsr({ commonName: host, altNames: [host] }, await newKey());
    const chain = await client.auto({
      csr,
      challengePriority: ["http-01"],
      // Whoever put the answer there has looked already, and a server behind a router may not see itself by its public name.
      skipChallengeVerification: true,
      challengeCreateFn: async (_, { token }, answer) => {
        signal.throwIfAborted();
        await answers.put(token, answer, host);
      },
      challengeRemoveFn: async (_, { token }) => answers.remove(token),
    });
    return { key: key.toString(), chain };
  }

  return {
    name,
    order: async (host, given) => {
      const signal = AbortSignal.any([given, AbortSignal.timeout(ORDER_MS)]);
      for (let round = 1; ; round++) {
        try {
          return await ended(order(host, signal), signal);
        } catch (error) {
          if (signal.aborted || round >= TRIES || !isLine(error)) throw error;
          await Bun.sleep(AGAIN_MS);
        }
      }
    },
  };
}

function hasUrl(client: acme.Client): boolean {
  try {
    return client.getAccountUrl() !== "";
  } catch {
    return false;
  }
}

const newKey = async (): Promise<string> => (await acme.crypto.createPrivateEcdsaKey("P-256")).toString();

/** The connection failed; nobody refused anything. */
function isLine(error: unknown): boolean {
  return /^E[A-Z]+$/.test((error as { code?: string }).code ?? "");
}

/** The client can't be interrupted: what it still does after the signal is nobody's. */
function ended<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  if (signal.aborted) reject(signal.reason);
  return Promise.race([work, promise]);
}
