import { ownCookieOnly } from "./cookies.ts";
import { isHopByHop } from "./hop-by-hop.ts";
import { originAt, type Place } from "./place.ts";

/**
 * What would reach beyond this one origin: sign the browser out of the workspace (cookies are cleared for all hosts of a domain), lead it
 * to this origin by another way, or hold it to https where there is none. Ours to say is how long the answer is.
 */
const REACHING = [
  ...["clear-site-data", "strict-transport-security", "public-key-pins", "alt-svc", "nel", "set-cookie2"],
  ...["service-worker-allowed", "content-length", "x-accel-redirect", "x-sendfile"],
];

/** The seat's own servers, as they call themselves. */
const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(?=[/?#]|$)/i;

/** @param raw names and values in turn, as they came */
export function headersDown(raw: readonly string[], place: Place): Headers {
  const received = pairsOf(raw);
  const connection = received.filter(([name]) => name === "connection").map(([, value]) => value);
  const dropped = isHopByHop(connection.join(","));
  const headers = new Headers();
  for (const [name, value] of received) {
    if (dropped(name) || REACHING.includes(name)) continue;
    const said = name === "set-cookie" ? ownCookieOnly(value) : ADDRESSES.has(name) ? asSeen(value, place) : value;
    if (said !== undefined) headers.append(name, said);
  }
  return headers;
}

const ADDRESSES = new Set(["location", "content-location", "access-control-allow-origin"]);

/** `http://localhost:3000/x` is this seat's: as the browser calls it. A server that names no port means itself. Any other address stays. */
export function asSeen(address: string, { seat, port, machine }: Place): string {
  const [own, digits] = LOCAL.exec(address) ?? [];
  if (own === undefined) return address;
  return `${originAt(machine, { seat, port: Number(digits ?? port) })}${address.slice(own.length)}`;
}

function pairsOf(raw: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return pairs;
}
