import { cookiesOf } from "../../../agent/contract/cookies.ts";
import type { Ask } from "./ask.ts";

/** Our own pages that are worth coming back to; whatever else the cookie holds, nobody is sent there. */
const PAGES = /^\/workshops\/(?:new|ws-[a-z0-9]{1,20}(?:\/(?:board|stop))?)$/;
const COOKIE = "ct_back";
/** So long it may take to fetch a new link from the terminal. */
const SECONDS = 15 * 60;

/** `Set-Cookie` for a page that was asked for while signed out: signing in leads back to it. Undefined where that is nothing to see. */
export function rememberWay(ask: Ask): string | undefined {
  const { pathname } = ask.url;
  return ask.request.method === "GET" && PAGES.test(pathname) ? cookie(ask, pathname, SECONDS) : undefined;
}

/** Where signing in leads to: the page that was asked for, or the list of workshops. */
export function wayBack({ request }: Ask): string {
  const way = cookiesOf(request.headers).get(COOKIE) ?? "";
  return PAGES.test(way) ? way : "/";
}

/** `Set-Cookie` that forgets it: it was gone. */
export const forgetWay = (ask: Ask): string => cookie(ask, "", 0);

/** Sent to the sign-in page alone. */
function cookie({ settings }: Ask, value: string, seconds: number): string {
  const secure = settings.url.startsWith("https:") ? "; Secure" : "";
  return `${COOKIE}=${value}; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}
