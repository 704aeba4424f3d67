import { randomBytes } from "node:crypto";

/** Learners come back after weeks of one course. */
const BROWSER_SECONDS = 365 * 24 * 3600;

const LOCAL_NAMES = ["localhost", "127.0.0.1"];

/** A fresh value for the cookie of `browserCookie`: 128 bits, hex. */
export const newBrowser = (): string => randomBytes(16).toString("hex");
/** Whether `newBrowser` may have made it. */
export const isBrowser = (value: string): boolean => /^[0-9a-f]{32}$/.test(value);

/** @param seconds 0 removes it */
export function sessionCookie(name: string, value: string, seconds: number, secure: boolean): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`;
}

/** Under https no other host can set it: who could, would know whose seat a learner takes next, and take it too. */
const nameOf = (secure: boolean): string => (secure ? "__Host-ct_browser" : "ct_browser");

export function browserCookie(value: string, secure: boolean): string {
  return sessionCookie(nameOf(secure), value, BROWSER_SECONDS, secure);
}

/** What `browserCookie` gave this browser. Under https no other name is believed: pages of learners' own servers have names below the domain. */
export function browserIn(cookies: Bun.CookieMap, secure: boolean): string | undefined {
  const value = cookies.get(nameOf(secure));
  return value && isBrowser(value) ? value : undefined;
}

export const isUnsafe = ({ method }: Request): boolean => !["GET", "HEAD", "OPTIONS"].includes(method);

/**
 * Whether the page that sent this is one of ours. Ports count: a learner's machine is another origin. The two names of this computer are one
 * place while it serves itself alone; beside a public address neither is ours.
 */
export function isOwnOrigin(request: Request, url: string): boolean {
  const origin = request.headers.get("origin");
  if (origin === url) return true;
  const { protocol, hostname, port } = new URL(url);
  const local = protocol === "http:" && LOCAL_NAMES.includes(hostname);
  return local && LOCAL_NAMES.some((name) => origin === `http://${name}${port && `:${port}`}`);
}
