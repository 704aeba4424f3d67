/** They speak of one connection, not of the call (RFC 9110 §7.6.1); a proxy keeps them to itself. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Who is called, by whom, from where, with what: `Connection` may name none of these (RFC 9110 §7.6.1), and a call without them is another call. */
const END_TO_END = /^(?:host|origin|cookie|authorization|set-cookie|content-.*|cache-control|sec-.*)$/;

/** What a client says about itself here is never believed: the front alone says who called. */
const CLAIMED: ReadonlySet<string> = new Set([
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
]);

/** Browsers that were here once come by https for this long; a day, so that a server that moves isn't locked out for a term. */
const STRICT_TRANSPORT = `max-age=${24 * 3600}`;

/** A header's name, in small letters, and its value. */
export type Field = [name: string, value: string];

/** What goes on to the gateway or a machine. @param client the address of the connection */
export function requestFields(received: Headers, client: string): Field[] {
  const fields = kept([...received]).filter(([name]) => !CLAIMED.has(name));
  fields.push(["x-forwarded-for", client], ["x-forwarded-proto", "https"]);
  return fields;
}

/** What comes back to the browser. */
export function responseHeaders(received: readonly Field[]): Headers {
  const headers = new Headers();
  for (const [name, value] of kept(received)) headers.append(name, value);
  if (!headers.has("strict-transport-security")) headers.set("strict-transport-security", STRICT_TRANSPORT);
  return headers;
}

function kept(received: readonly Field[]): Field[] {
  const connection = received.filter(([name]) => name === "connection");
  const named = connection.flatMap(([, value]) => value.split(",")).map((name) => name.trim().toLowerCase());
  const isKept = (name: string) => !HOP_BY_HOP.has(name) && (!named.includes(name) || END_TO_END.test(name));
  return received.filter(([name]) => isKept(name));
}
