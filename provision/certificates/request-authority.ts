import { X509Certificate } from "node:crypto";
import { orLeft } from "../leaving.ts";
import { type Accounts, type AuthoritySettings, authorityName, signedUp } from "./account.ts";
import type { AcmeClient, Challenge, ChallengeType, Order } from "./acme/client.ts";
import { AcmeProblem } from "./acme/problem.ts";
import { withDeadline } from "./attempt.ts";

/** What an authority is shown before it signs, and for which names. */
export interface Way {
  /** What whoever runs the server looks at first when it doesn't work. */
  advice: string;
  type: ChallengeType;
  /** What a certificate for `host` is good for. */
  names(host: string): string[];
  /** Resolves once the world can see all of them. */
  show(host: string, challenges: readonly Challenge[], signal: AbortSignal): Promise<void>;
  /** Takes away what was shown. */
  hide(host: string, challenges: readonly Challenge[], signal: AbortSignal): Promise<void>;
}

/** One place that signs requests, by ACME (RFC 8555). */
export interface RequestAuthority {
  /** For messages: `acme-v02.api.letsencrypt.org`. */
  name: string;
  /** As far as it goes without the request: that we may have one for the host. @throws with the authority's words */
  open(host: string, signal: AbortSignal): Promise<OpenOrder>;
}

export interface OpenOrder {
  /** @param csr PEM @returns the chain, PEM, the leaf first @throws with the authority's words */
  sign(csr: string, signal: AbortSignal): Promise<string>;
}

/** What was shown is taken away even when nobody waits for the order any more. */
const HIDE_MS = 60_000;

export function openRequestAuthority(settings: AuthoritySettings, accounts: Accounts, way: Way): RequestAuthority {
  /** One for all who come at once. */
  let client: Promise<AcmeClient> | undefined;
  /** Hosts for which it had enough. */
  const closed = new Map<string, AcmeProblem>();

  function signUp(signal: AbortSignal): Promise<AcmeClient> {
    client ??= signedUp(settings, accounts, withDeadline(new AbortController().signal)).catch((error) => {
      client = undefined;
      throw error;
    });
    return orLeft(client, signal);
  }

  /** Asking again before the date that it gave only makes it count. */
  async function counted<T>(host: string, act: () => Promise<T>): Promise<T> {
    const before = closed.get(host);
    if ((before?.retryAt ?? 0) > Date.now()) throw before;
    closed.delete(host);
    return act().catch((error: Error) => {
      if (error instanceof AcmeProblem && error.retryAt !== undefined) closed.set(host, error);
      throw error;
    });
  }

  async function open(host: string, signal: AbortSignal): Promise<{ acme: AcmeClient; order: Order }> {
    const acme = await signUp(signal);
    const order = await acme.order(way.names(host), signal);
    const wanted = await acme.open(order, way.type, signal);
    if (wanted.length > 0) await show(acme, host, wanted, signal);
    return { acme, order };
  }

  async function show(acme: AcmeClient, host: string, wanted: Awaited<ReturnType<AcmeClient["open"]>>, signal: AbortSignal) {
    const challenges = wanted.map(({ challenge }) => challenge);
    try {
      await way.show(host, challenges, signal);
      await Promise.all(wanted.map(({ url, challenge }) => acme.shown(url, challenge, signal)));
    } finally {
      await way.hide(host, challenges, AbortSignal.timeout(HIDE_MS));
    }
  }

  return {
    name: authorityName(settings.directory),
    open: (host, given) =>
      counted(host, async () => {
        const { acme, order } = await open(host, withDeadline(given));
        return {
          sign: (csr, stop) => counted(host, async () => checked(await acme.finish(order, csr, withDeadline(stop)))),
        };
      }),
  };
}

/** Machines take no longer one. */
const CHAIN_LIMIT = 64 * 1024;

function checked(chain: string): string {
  if (chain.length > CHAIN_LIMIT) throw new AcmeProblem(`its chain has ${chain.length} characters`);
  try {
    new X509Certificate(chain);
  } catch (cause) {
    throw new AcmeProblem(`what it gave is no certificate: ${(cause as Error).message}`);
  }
  return chain;
}
