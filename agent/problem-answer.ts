import type { Problem } from "./contract/errors.ts";
import { isNavigation, type PlainPage, plainPage } from "./plain-page.ts";

/** What still comes of a refused call's body is read so long and so far: a save's rest by the worst line of a class. */
const LINGER_MS = 5000;
const LINGER_BYTES = 4 * 1024 * 1024;

/** The answer to a call that failed: a page for people who navigate, JSON for everything else. */
export function problemAnswer(problem: Problem, request: Request, pageOf: () => PlainPage): Response {
  const { status } = problem;
  const headers = new Headers({ "cache-control": "no-store" });
  if (problem.retryAfterSeconds !== undefined) headers.set("retry-after", String(problem.retryAfterSeconds));
  if (status === 401) headers.set("www-authenticate", "Bearer");
  const isPage = isNavigation(request);
  headers.set("content-type", isPage ? "text/html; charset=utf-8" : "application/json; charset=utf-8");
  const said = isPage ? plainPage(pageOf()) : JSON.stringify(problem.body);
  if (!request.body) return new Response(said, { status, headers });
  // Who was refused may go on sending a body, byte by byte: the connection isn't kept for that.
  headers.set("connection", "close");
  return new Response(lingering(said, request.body) as unknown as BodyInit, { status, headers });
}

/**
 * Says it at once, and ends when the body does. A connection that is closed while something comes is reset, and whoever is still sending
 * then never reads the answer (RFC 9112 §9.6).
 */
async function* lingering(said: string, body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  yield said;
  // Who was reading it has given it up.
  if (body.locked) return;
  const reader = body.getReader();
  const giveUp = () => void reader.cancel().catch(() => {});
  const late = setTimeout(giveUp, LINGER_MS);
  try {
    for (let left = LINGER_BYTES; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
  } catch {
    // The client has left.
  } finally {
    clearTimeout(late);
    giveUp();
  }
}
