import { Elysia } from "elysia";
import { Problem } from "../../agent/contract/errors.ts";
import { addressOf } from "../people/address.ts";
import type { Services } from "../services.ts";
import { json } from "./answers.ts";
import { type LineSocket, lineOf } from "./check-line.ts";

/** One after the other, so far apart that whoever holds them back is seen, also by a browser that is busy for a second. */
const PIECES = 6;
const PIECE_MS = 500;

interface CheckContext {
  request: Request;
  server: {
    requestIP(request: Request): { address: string } | null;
    upgrade(request: Request, options: { data: LineSocket }): boolean;
  } | null;
}

/** What the page that checks a network tries: the clock, an answer in pieces, a WebSocket. Anyone may, within limits. */
export function checkRoutes({ checks, people }: Services, behindFront: boolean) {
  const place = ({ request, server }: CheckContext): (() => void) => {
    people.requireOwnOrigin(request);
    return checks.line(addressOf(request, server, behindFront));
  };
  return new Elysia({ name: "check" })
    .get("/check/time", () => json({ now: Date.now() }))
    .get("/check/pieces", (context) => pieces(place(context as CheckContext)))
    .get("/check/line", (context) => {
      const { request, server } = context as CheckContext;
      const release = place({ request, server });
      const data = lineOf({ pinged: new URL(request.url).searchParams.has("pings"), release });
      if (server?.upgrade(request, { data })) return undefined;
      release();
      throw new Problem("INVALID_INPUT", "This is not a complete WebSocket handshake (RFC 6455).");
    });
}

/** As live pages have them: what lets these through in pieces lets those. */
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

function pieces(release: () => void): Response {
  let sent = 0;
  let timer: Timer | undefined;
  const end = () => {
    clearInterval(timer);
    release();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => {
        controller.enqueue(new TextEncoder().encode(`data: ${++sent}\n\n`));
        if (sent < PIECES) return;
        end();
        controller.close();
      }, PIECE_MS);
    },
    cancel: end,
  });
  return new Response(body, { headers: HEADERS });
}
