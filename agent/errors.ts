import { Replaced } from "./access.ts";
import { Problem } from "./contract/errors.ts";

/** What a person sees instead of JSON. */
export interface ErrorPage {
  title: string;
  message: string;
  /** The join page, where one can come back. */
  joinUrl: string;
  /** What the link there says. */
  join: string;
}

/** A handler that failed in a way nobody foresaw: the number finds the reason in the log. */
export type ReportFault = (error: unknown) => string;

/** The Problem that a thrown value is, or stands for. */
export function asProblem(error: unknown, report: ReportFault): Problem {
  if (error instanceof Problem) return error;
  const number = report(error);
  return new Problem(
    "INTERNAL_ERROR",
    `That went wrong on this machine. Load it again; if it stays, the log tells why under ${number}.`,
  );
}

/** The answer to a call that failed: a page for people who navigate, JSON for everything else. */
export function problemResponse(problem: Problem, request: Request, joinUrl: string): Response {
  const headers = new Headers({ "cache-control": "no-store" });
  if (problem.retryAfterSeconds !== undefined) headers.set("retry-after", String(problem.retryAfterSeconds));
  if (problem.status === 401) headers.set("www-authenticate", "Bearer");
  if (!isNavigation(request)) return Response.json(problem.body, { status: problem.status, headers });
  headers.set("content-type", "text/html; charset=utf-8");
  return new Response(errorPage(pageOf(problem, joinUrl)), { status: problem.status, headers });
}

function isNavigation(request: Request): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const mode = request.headers.get("sec-fetch-mode");
  if (mode !== null) return mode === "navigate";
  return (request.headers.get("accept") ?? "").includes("text/html");
}

const TITLES: Partial<Record<Problem["code"], string>> = {
  UNAUTHORIZED: "Join to come in",
  FORBIDDEN: "This is not your seat",
  NOT_FOUND: "Nothing is here",
  NOT_RUNNING: "The seat isn’t ready",
  RATE_LIMITED: "Too many at once",
};

function pageOf(problem: Problem, joinUrl: string): ErrorPage {
  const { code, message } = problem;
  // It knows the browser, whatever the machine has forgotten.
  if (code === "WORKSHOP_ENDED")
    return { title: "Workshop ended", message, joinUrl: `${joinUrl}/ended`, join: "Go to the join page" };
  const title = problem instanceof Replaced ? "This seat is no longer yours" : (TITLES[code] ?? "That went wrong");
  return { title, message, joinUrl, join: "Join with a code" };
}

/** A page of its own, without any other file: it must stand even when nothing else does. Values are those of the look's tokens. */
function errorPage({ title, message, joinUrl, join }: ErrorPage): string {
  const [heading, text, link, word] = [title, message, joinUrl, join].map(Bun.escapeHTML);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} – ClaraTeach</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --bg: #f5f5f0; --ink: #1a221e; --ink-2: #48534c; --accent: #1a6b50; --accent-ink: #fff; --board: #1d3a30 }
@media (prefers-color-scheme: dark) { :root { --bg: #121614; --ink: #e9ece5; --ink-2: #b7c0b9; --accent: #79c6a2; --accent-ink: #0c1f17 } }
body { margin: 0; background: var(--bg); color: var(--ink); font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif }
main { max-width: 34rem; margin: 18vh auto 0; padding: 0 24px }
h1 { margin: 24px 0 12px; font: 700 1.875rem/1.15 "Century Schoolbook", C059, Charter, Georgia, serif }
p { margin: 0 0 24px; color: var(--ink-2) }
a { display: inline-block; padding: 8px 16px; border-radius: 8px; background: var(--accent); color: var(--accent-ink); text-decoration: none }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style></head><body><main>
<svg width="40" height="40" viewBox="0 0 26 26" aria-hidden="true"><rect width="26" height="26" rx="6" fill="#1d3a30"/><path d="m7 8.5 4.5 4.5L7 17.5M14 18h5.5" fill="none" stroke="#f6f3e8" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>
<h1>${heading}</h1><p>${text}</p><a href="${link}">${word}</a>
</main></body></html>
`;
}
