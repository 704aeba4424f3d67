import { Problem } from "../contract/errors.ts";

/** What the front itself has to say: a sentence for people, the API's shape for programs. */
export function refusal(problem: Problem, request: Request, status = problem.status): Response {
  const headers = new Headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  if (problem.retryAfterSeconds) headers.set("retry-after", String(problem.retryAfterSeconds));
  if (!request.headers.get("accept")?.includes("text/html")) return Response.json(problem.body, { status, headers });
  headers.set("content-type", "text/plain; charset=utf-8");
  return new Response(`${problem.message}\n`, { status, headers });
}

/** 421 (RFC 9110 §15.5.20): the name isn't served here. */
export function unknownHost(host: string, request: Request): Response {
  const shown = host.slice(0, 100);
  const problem = new Problem("NOT_FOUND", `There is no “${shown}” here: open the address that the join page gave you.`);
  return refusal(problem, request, 421);
}

/** The gateway or a machine's agent is just starting again, or gone. */
export function nobodyThere(request: Request, cause?: unknown): Response {
  const message = "This part of ClaraTeach doesn't answer; it may just be starting again. Try again in a moment.";
  return refusal(new Problem("UNAVAILABLE", message, { retryAfterSeconds: 2, cause }), request);
}

export function tooMany(request: Request): Response {
  const message = "There are too many connections from your address at once. Close other tabs and try again.";
  return refusal(new Problem("RATE_LIMITED", message, { retryAfterSeconds: 5 }), request);
}

export function notUnderstood(request: Request): Response {
  return refusal(new Problem("INVALID_INPUT", "This call's address can't be read."), request);
}

export function noChallenge(request: Request): Response {
  return refusal(new Problem("NOT_FOUND", "No certification authority was told to look here."), request);
}
