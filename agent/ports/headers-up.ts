import { withoutOurs } from "./cookies.ts";
import { isHopByHop } from "./hop-by-hop.ts";
import { ownPort, type Place } from "./place.ts";

/**
 * Who asked by which way is no concern of a learner's server: to it the browser is one on its own computer. What would say otherwise goes,
 * also what a browser can't send and a program may have made up.
 */
const WAY = /^(?:forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|content-length)$/;

/** As the server is called on the seat. Development servers refuse other names, for behind one a stranger's page may hide (DNS rebinding). */
export const localName = (port: number): string => `localhost:${port}`;

/**
 * What a learner's server is sent, names and values in turn. Each name that a browser knows of the seat's ports is the seat's own
 * `localhost:PORT` there, so that what a server compares is the same.
 */
export function headersUp(received: Headers, place: Place): [name: string, value: string][] {
  const dropped = isHopByHop(received.get("connection"));
  const headers: [string, string][] = [["host", localName(place.port)]];
  for (const [name, value] of received) {
    if (name === "host" || dropped(name) || WAY.test(name)) continue;
    const said = name === "cookie" ? withoutOurs(value) : name === "origin" || name === "referer" ? asLocal(value, place) : value;
    if (said !== undefined) headers.push([name, said]);
  }
  return headers;
}

/** An address of the seat's own ports, as the seat knows it. Others are dropped from a referrer: what of them a server may know is the origin. */
function asLocal(address: string, place: Place): string | undefined {
  const url = URL.parse(address);
  if (!url) return address === "null" ? address : undefined;
  const port = ownPort(place, url.origin);
  const rest = address.slice(url.origin.length);
  return port === undefined ? url.origin : `http://${localName(port)}${rest}`;
}
