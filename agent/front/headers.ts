/** They speak of one connection, not of the call (RFC 9110 §7.6.1); a proxy keeps them to itself. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Who is called, by whom, from where, with what: `Connection` may name none of these (RFC 9110 §7.6.1), and a call without them is another call. */
const END_TO_END = /^(?:host|origin|cookie|authorization|set-cookie|content-.*|cache-control|sec-.*)$/i;

/** What a client says about itself here is never believed: the front alone says who called. */
const CLAIMED = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
];

/** Browsers that were here once come by https for this long; a day, so that a server that moves isn't locked out for a term. */
const STRICT_TRANSPORT = `max-age=${24 * 3600}`;

/** What goes on to the gateway or a machine. @param client the address of the connection */
export function requestHeaders(received: Headers, client: string): Headers {
  const headers = kept(received);
  for (const name of CLAIMED) headers.delete(name);
  headers.set("x-forwarded-for", client);
  headers.set("x-forwarded-proto", "https");
  return headers;
}

/** What comes back to the browser. */
export function responseHeaders(received: Headers): Headers {
  const headers = kept(received);
  if (!headers.has("strict-transport-security")) headers.set("strict-transport-security", STRICT_TRANSPORT);
  return headers;
}

function kept(received: Headers): Headers {
  const headers = new Headers(received);
  for (const name of (received.get("connection") ?? "").split(",")) {
    // What a client names here is a token, or nothing that can be removed.
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name.trim()) && !END_TO_END.test(name.trim())) headers.delete(name.trim());
  }
  for (const name of HOP_BY_HOP) headers.delete(name);
  return headers;
}
