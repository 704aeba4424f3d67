import type { VNode } from "preact";
import { renderPage, renderPart } from "../../../views/layout.tsx";
import { type Ask, wantsPart } from "./ask.ts";

/** No script, style, image or frame from anywhere else, and none written into the page. */
const CONTENT_SECURITY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/**
 * `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with forms, and every form would be refused as
 * a stranger's.
 */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": `${CONTENT_SECURITY}; form-action 'self'`,
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** The door's forms end in a redirect to a learner's machine, another origin, which Chromium counts as `form-action`. */
const DOOR_HEADERS = { ...HEADERS, "content-security-policy": CONTENT_SECURITY };

export interface AnswerOptions {
  status?: number;
  /** `Set-Cookie` */
  cookie?: string | undefined;
  retryAfterSeconds?: number | undefined;
  /** For pages that learners join from. */
  door?: boolean;
}

/** The whole page, or for htmx the part of it that changes. */
export const answer = (ask: Ask, page: VNode, part: VNode, options: AnswerOptions = {}): Response =>
  html(wantsPart(ask) ? renderPart(part) : renderPage(page), options);

export const answerPage = (page: VNode, options: AnswerOptions = {}): Response => html(renderPage(page), options);
export const answerPart = (part: VNode, options: AnswerOptions = {}): Response => html(renderPart(part), options);

/** A sentence that a script puts on the page. */
export const answerText = (sentence: string, status = 200): Response =>
  new Response(sentence, { status, headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" } });

/** After a form: 303, so that loading again never sends it twice. htmx's fetch can't follow to another origin; the page goes itself. */
export function goTo(ask: Ask, address: string, ...cookies: (string | undefined)[]): Response {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const cookie of cookies) if (cookie) headers.append("set-cookie", cookie);
  headers.set(wantsPart(ask) ? "hx-redirect" : "location", address);
  return new Response(null, { status: wantsPart(ask) ? 200 : 303, headers });
}

function html(body: string, { status = 200, cookie, retryAfterSeconds, door }: AnswerOptions): Response {
  return new Response(body, {
    status,
    headers: {
      ...(door ? DOOR_HEADERS : HEADERS),
      vary: "HX-Request",
      ...(cookie ? { "set-cookie": cookie } : {}),
      ...(retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {}),
    },
  });
}
