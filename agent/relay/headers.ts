import { keyHeaders, type Upstream } from "../contract/upstream.ts";
import { scrubbed } from "./scrub.ts";

/** What the API and the CLI know each other by. All else a seat sends (credentials, cookies, forwarding, its own additions) stays here. */
const UP = ["content-type", "content-encoding", "content-length", "user-agent", "x-app", "idempotency-key"];
const UP_PREFIXES = ["anthropic-", "x-stainless-", "x-claude-code-"];

/** What a client of the API reads of an answer; not whose account it is. */
const DOWN = ["content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry"];
const DOWN_PREFIXES = ["anthropic-ratelimit-"];

/**
 * Of a request to the upstream. Identity, because an answer's usage is read and the key is looked for while its bytes pass: packed, every
 * one would have to be unpacked here, and small pieces of a stream hardly get smaller.
 * @param key undefined: this request goes without one
 */
export function headersUp(from: Headers, upstream: Upstream, key: string | undefined): Headers {
  const named = connectionOnly(from);
  const headers = new Headers();
  for (const [name, value] of from) if (passes(name, UP, UP_PREFIXES) && !named.has(name)) headers.set(name, value);
  headers.set("accept-encoding", "identity");
  // As the CLI sends it: another form of answer would hide what it used.
  headers.set("accept", "application/json");
  if (key !== undefined) for (const [name, value] of Object.entries(keyHeaders(upstream, key))) headers.set(name, value);
  return headers;
}

/** Of an answer to a seat: none that has the key in it, whatever the upstream sends back. */
export function headersDown(from: Headers, key: string | undefined): Headers {
  const named = connectionOnly(from);
  const headers = new Headers();
  for (const [name, value] of from) {
    if (!passes(name, DOWN, DOWN_PREFIXES) || named.has(name)) continue;
    const all = `${name}: ${value}`;
    if (scrubbed(all, key) === all && !name.includes(key?.toLowerCase() ?? "\n")) headers.set(name, value);
  }
  return headers;
}

const passes = (name: string, names: readonly string[], prefixes: readonly string[]): boolean =>
  names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix));

/** `Connection` names what ends with this hop (RFC 9110 §7.6.1). */
function connectionOnly(headers: Headers): Set<string> {
  return new Set((headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()));
}
