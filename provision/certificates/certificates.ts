import type { Certificates, FoundCertificate } from "../cloud.ts";
import { wordsOf } from "./attempt.ts";
import { type Authority, DoorProblem } from "./authority.ts";
import type { CertificateFiles } from "./files.ts";
import { renewalOf } from "./renewal.ts";

/** How often certificates are looked at; authorities give them for 6 to 90 days. */
const LOOK_MS = 3_600_000;
/** The domain's own certificate is ordered again and again, and so that authorities count at most five failures an hour. */
const AGAIN_MS = { first: 120_000, most: 3_600_000 };

export interface CertificateTools {
  files: CertificateFiles;
  /** Asked in this order, until one gives. */
  authorities: readonly Authority[];
  /** Whoever serves them: resolves once `host` is answered with this certificate. @throws DoorProblem when it isn't */
  serve(host: string, fingerprint: string): Promise<void>;
  /** A certificate was removed. */
  forget(): Promise<void>;
  /** Hosts whose certificates are to be renewed. */
  wanted(): Promise<readonly string[]>;
  /** What whoever runs the server looks at first when every authority refuses. */
  advice: string;
  /** For whoever runs the server. */
  report(sentence: string): void;
}

export interface KeptCertificates extends Certificates {
  /** Orders one until it is there, and reports how it goes; for a name that is wanted as long as the server. */
  keep(host: string): Promise<void>;
  /** Renews those that are due; called by itself every hour. */
  renewDue(now?: number): Promise<void>;
  close(): void;
}

interface Order {
  done: Promise<void>;
  stop: AbortController;
}

export function openCertificates(tools: CertificateTools): KeptCertificates {
  const { files, report } = tools;
  const orders = new Map<string, Order>();
  const failures = new Map<string, string>();
  let again: Timer | undefined;
  const timer = setInterval(
    () => void renewDue().catch((error) => report(`Certificates could not be looked at: ${error}.`)),
    LOOK_MS,
  );

  /** One order a host at a time; whoever comes second waits for the first one's end. */
  function order(host: string, anew = false): Promise<void> {
    const running = orders.get(host);
    if (running) return running.done;
    failures.delete(host);
    const stop = new AbortController();
    const done = (anew ? obtain(host, tools, stop.signal) : take(host, tools, stop.signal))
      .catch((error: Error) => {
        if (!stop.signal.aborted) failures.set(host, error.message);
        throw error;
      })
      .finally(() => orders.delete(host));
    done.catch(() => {});
    orders.set(host, { done, stop });
    return done;
  }

  async function find(host: string): Promise<FoundCertificate | undefined> {
    if (orders.has(host)) return { host, status: "starting" };
    const detail = failures.get(host);
    if (detail !== undefined) return { host, status: "broken", detail };
    return isGood(await files.read(host)) ? { host, status: "running" } : undefined;
  }

  async function renewDue(now = Date.now()): Promise<void> {
    const wanted = await tools.wanted();
    for (const host of await files.hosts()) {
      const known = await files.read(host);
      if (!wanted.includes(host) || !known || now <= renewalOf(known)) continue;
      await order(host, true).catch((error) => report(`The certificate of ${host} could not be renewed: ${error.message}`));
      // The old one is still served.
      failures.delete(host);
    }
  }

  async function keep(host: string, waitMs = AGAIN_MS.first): Promise<void> {
    if ((await find(host))?.status === "running") return;
    try {
      await order(host);
      report(`The certificate of ${host} is there: the door is open.`);
    } catch (error) {
      report(`${(error as Error).message} The next try is in ${waitMs / 60_000} minutes, or when you start again.`);
      again = setTimeout(() => void keep(host, Math.min(2 * waitMs, AGAIN_MS.most)), waitMs);
    }
  }

  return {
    find,
    keep,
    renewDue,
    create: async (host) => {
      if ((await find(host))?.status !== "running") void order(host).catch(() => {});
    },
    remove: async (host) => {
      const running = orders.get(host);
      running?.stop.abort();
      await running?.done.catch(() => {});
      failures.delete(host);
      await files.remove(host);
      await tools.forget();
    },
    close: () => {
      clearInterval(timer);
      clearTimeout(again);
      for (const { stop } of orders.values()) stop.abort();
    },
  };
}

const isGood = <T extends { until: number }>(known: T | undefined): known is T => known !== undefined && known.until > Date.now();

/** The one that is there, when it is only not served yet; authorities count how many they give. */
async function take(host: string, tools: CertificateTools, signal: AbortSignal): Promise<void> {
  const known = await tools.files.read(host);
  return isGood(known) ? tools.serve(host, known.fingerprint) : obtain(host, tools, signal);
}

/** One authority that refuses doesn't cost the class: the next one is asked. */
async function obtain(host: string, { files, authorities, serve, advice }: CertificateTools, signal: AbortSignal): Promise<void> {
  const refusals: string[] = [];
  for (const authority of authorities) {
    signal.throwIfAborted();
    try {
      const { key, chain } = await authority.order(host, signal);
      signal.throwIfAborted();
      await files.write(host, key, chain);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DoorProblem) throw error;
      refusals.push(`${authority.name}: ${wordsOf(error)}`);
      continue;
    }
    const made = await files.read(host);
    return serve(host, made?.fingerprint ?? "");
  }
  throw new Error(`No certificate could be had for ${host}. ${advice} ${refusals.join(" · ")}`);
}
