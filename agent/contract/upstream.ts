/** Where requests go: `CLARATEACH_LLM_URL`. */
export interface Upstream {
  /** Without a slash at its end. */
  base: string;
  /** A server of one's own, on loopback. */
  local: boolean;
  /** Those on loopback don't. */
  needsKey: boolean;
  /** How long an answer's beginning is waited for, in milliseconds. Missing: by where it is. */
  beginsWithinMs?: number;
  /** After how many milliseconds without it the instructor hears of that. Missing: a minute. */
  slowAfterMs?: number;
  /** Anthropic takes a key as `x-api-key`; gateways take one or the other. */
  keyAsBearerToo: boolean;
}

const ANTHROPIC = "https://api.anthropic.com";

/** @param setting undefined or empty: Anthropic's own @throws with a sentence for what is no address, or would carry the key in the open */
export function upstreamOf(setting: string | undefined): Upstream {
  const url = URL.parse(setting || ANTHROPIC);
  const shown = `CLARATEACH_LLM_URL is "${setting}"`;
  if (!url || !["http:", "https:"].includes(url.protocol)) throw new Error(`${shown}; set it to an https address.`);
  if (url.username || url.password || url.search || url.hash)
    throw new Error("CLARATEACH_LLM_URL has more than an address; leave out names, passwords, ? and #.");
  const local = isLoopback(url.hostname);
  if (url.protocol === "http:" && !local) throw new Error(`${shown}; use https, for the key would be readable on its way.`);
  return {
    base: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    local,
    needsKey: !local,
    keyAsBearerToo: url.origin !== ANTHROPIC,
  };
}

/** How it is asked, for `fetch`: nobody is followed elsewhere, and a server on this computer is asked directly: through a proxy the key would travel in the open. */
export const wayTo = ({ local }: Upstream): RequestInit =>
  ({ redirect: "manual", tls: { rejectUnauthorized: true }, ...(local && { proxy: false }) }) as RequestInit;

/** A key in a request's headers. */
export const keyHeaders = ({ keyAsBearerToo }: Upstream, key: string): Record<string, string> => ({
  "x-api-key": key,
  ...(keyAsBearerToo && { authorization: `Bearer ${key}` }),
});

/** Whether a key is taken: costs nothing, and is answered at once. */
export const KEY_QUESTION = { path: "/v1/models?limit=1", headers: { "anthropic-version": "2023-06-01" } } as const;

const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
