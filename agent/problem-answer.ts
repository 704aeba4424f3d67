import type { Problem } from "./contract/errors.ts";
import { isNavigation, type PlainPage, plainPage } from "./plain-page.ts";

/** The answer to a call that failed: a page for people who navigate, JSON for everything else. */
export function problemAnswer(problem: Problem, request: Request, pageOf: () => PlainPage): Response {
  const headers = new Headers({ "cache-control": "no-store" });
  if (problem.retryAfterSeconds !== undefined) headers.set("retry-after", String(problem.retryAfterSeconds));
  if (problem.status === 401) headers.set("www-authenticate", "Bearer");
  if (!isNavigation(request)) return Response.json(problem.body, { status: problem.status, headers });
  headers.set("content-type", "text/html; charset=utf-8");
  return new Response(plainPage(pageOf()), { status: problem.status, headers });
}
