import { CLOCK_TOLERANCE_S, type Finding } from "./findings.ts";

const ANSWER_MS = 10_000;

/** Browsers drop a call when a computer goes from one network to another. */
const TRIES = 2;

/** Asked by HTTP: whether it answers, through what, and what time it has. */
export async function checkServer(ownFront: boolean): Promise<{ https: Finding; clock: Finding }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await ask(ownFront).catch(() => undefined);
    if (found) return found;
  }
  return { https: { is: "fail" }, clock: { is: "untested" } };
}

async function ask(ownFront: boolean): Promise<{ https: Finding; clock: Finding }> {
  const asked = Date.now();
  const response = await fetch("/check/time", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
  const { now } = (await response.json()) as { now: number };
  const seen = { secure: location.protocol === "https:", ownFront, protocol: protocolOf(), via: response.headers.get("via") };
  return { https: httpsFinding(seen), clock: clockFinding(now, asked, Date.now()) };
}

/** How the page itself came: `http/1.1`, `h2`; empty where the browser doesn't say. */
function protocolOf(): string {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return page?.nextHopProtocol ?? "";
}

/** Our own server speaks this to browsers, and names no proxy: of another one before the gateway nothing is known. */
const OWN_PROTOCOL = "http/1.1";

/** A page doesn't see certificates. What it sees is an answer that our server didn't give so. */
export function httpsFinding(seen: { secure: boolean; ownFront: boolean; protocol: string; via: string | null }): Finding {
  if (!seen.secure) return { is: "untested", why: "plain" };
  const isOther = seen.via !== null || (seen.protocol !== "" && seen.protocol !== OWN_PROTOCOL);
  return seen.ownFront && isOther ? { is: "pass", why: "opened" } : { is: "pass" };
}

/** @param now the server's, asked and answered this computer's: all in milliseconds since 1970 */
export function clockFinding(now: number, asked: number, answered: number): Finding {
  const seconds = Math.round(((asked + answered) / 2 - now) / 1000);
  return { is: Math.abs(seconds) <= CLOCK_TOLERANCE_S ? "pass" : "fail", seconds };
}
