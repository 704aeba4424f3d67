import { parsePortLabel, portLabel, type SeatPort } from "../contract/ports.ts";

/** A port of a seat, as a browser reaches it. */
export interface Place extends SeatPort {
  /** `https://01-3000.ws-abc.example.org`: an origin of its own. */
  origin: string;
  /** Where the machine's workspace pages are: `https://ws-abc.example.org`. */
  machine: string;
}

/** Numbers have no names below them: browsers ask none of `01-3000.127.0.0.1`. */
const NUMBERED = /^https?:\/\/[\d.]+(:\d+)?$/;

/**
 * Which port a `Host` names, one label below this machine's; undefined when it isn't written so.
 * @param served origins of this machine, in lower case: `http://localhost:4101`, `https://ws-abc123.example.org`
 */
export function placeOf(host: string | null, served: ReadonlySet<string>): Place | undefined {
  const name = (host ?? "").toLowerCase();
  const dot = name.indexOf(".");
  const found = parsePortLabel(name.slice(0, Math.max(0, dot)));
  if (!found) return undefined;
  const above = name.slice(dot + 1);
  const machine = ["https", "http"].map((scheme) => `${scheme}://${above}`).find((origin) => served.has(origin));
  if (machine === undefined || NUMBERED.test(machine)) return undefined;
  return { ...found, machine, origin: originAt(machine, found) };
}

/** @param machine its origin */
export const originAt = (machine: string, at: SeatPort): string => machine.replace("://", `://${portLabel(at)}.`);

/** The port of this same seat that an `Origin` names, if it does. */
export function ownPort({ seat, machine }: Place, origin: string): number | undefined {
  const [scheme = "", host = ""] = origin.toLowerCase().split("://");
  const found = parsePortLabel(host.slice(0, Math.max(0, host.indexOf("."))));
  return found?.seat === seat && originAt(machine, found) === `${scheme}://${host}` ? found.port : undefined;
}

export const isSecure = ({ origin }: Place): boolean => origin.startsWith("https:");
