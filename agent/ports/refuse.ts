import { Problem } from "../contract/errors.ts";
import { ownPort, type Place } from "./place.ts";

/**
 * Refuses what pages of other origins ask of a learner's server with her cookie: those of the workspace's other seats are of the same
 * site, so that the browser sends it along. They may lead her here; her own ports may ask each other.
 * @throws Problem FORBIDDEN
 */
export function refuseForeign({ method, headers }: Request, place: Place, isSocket: boolean): void {
  const origin = headers.get("origin");
  const isHers = origin !== null && ownPort(place, origin) !== undefined;
  if (isSocket || (method !== "GET" && method !== "HEAD")) {
    if (isHers) return;
    throw foreign(origin ?? "a program", place);
  }
  const site = headers.get("sec-fetch-site") ?? "none";
  // In a tab, not in a frame of somebody else's page.
  const isLedHere = headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
  if (isHers || site === "same-origin" || site === "none" || isLedHere) return;
  const referrer = URL.parse(headers.get("referer") ?? "")?.origin ?? "";
  if (origin === null && ownPort(place, referrer) !== undefined) return;
  throw foreign(origin ?? "another origin", place);
}

/**
 * A service worker would stay in this browser when seat and port are the next learner's, and see all that she does there.
 * @throws Problem FORBIDDEN
 */
export function refuseWorker({ headers }: Request): void {
  if (!headers.has("service-worker")) return;
  throw new Problem("FORBIDDEN", "Pages of a seat's ports have no service workers: seat and port may be another learner's next.");
}

const foreign = (from: string, { origin }: Place): Problem =>
  new Problem("FORBIDDEN", `A page of "${from.slice(0, 100)}" may not ask this of ${origin}: open that address itself.`);
