import { randomBytes } from "node:crypto";

/** Learners come back after weeks of one course. */
const BROWSER_SECONDS = 365 * 24 * 3600;

/** A fresh value for the cookie `ct_browser`: 128 bits, hex. */
export const newBrowser = (): string => randomBytes(16).toString("hex");
/** Whether `newBrowser` may have made it. */
export const isBrowser = (value: string): boolean => /^[0-9a-f]{32}$/.test(value);

/** The value of one cookie of a request. */
export function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, ...value] = pair.trim().split("=");
    if (key === name) return value.join("=");
  }
  return undefined;
}

/** @param seconds 0 removes it */
export function sessionCookie(name: string, value: string, seconds: number, secure: boolean): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`;
}

export function browserCookie(value: string, secure: boolean): string {
  return sessionCookie("ct_browser", value, BROWSER_SECONDS, secure);
}

export const isUnsafe = ({ method }: Request): boolean => !["GET", "HEAD", "OPTIONS"].includes(method);

/** Whether the page that sent this is one of ours. Ports count: a learner's machine is another origin. */
export function isOwnOrigin(request: Request, { url, host, port }: { url: string; host: string; port: number }): boolean {
  const origin = request.headers.get("origin");
  if (origin === url) return true;
  const local = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host);
  return local && (origin === `http://localhost:${port}` || origin === `http://127.0.0.1:${port}`);
}
