import type { VNode } from "preact";
import { BEAT, BEAT_MS } from "../../../views/client/portal/beat.ts";
import { renderPart } from "../../../views/layout.tsx";

/** Then the page connects again, and whoever has signed out meanwhile is found out. */
const LIFETIME_MS = 15 * 60_000;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  // nginx would hold events back until its buffer is full.
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

/** Server-sent events: a part rendered anew for every value. `gone` is aborted when the reader goes, and ends `values`. */
export function liveStream<T>(
  first: IteratorResult<T, unknown>,
  values: AsyncGenerator<T>,
  gone: AbortController,
  render: (value: T) => VNode,
): Response {
  const encoder = new TextEncoder();
  let beat: ReturnType<typeof setInterval>;
  let end: ReturnType<typeof setTimeout>;
  const finish = () => {
    clearInterval(beat);
    clearTimeout(end);
    gone.abort();
  };
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (!gone.signal.aborted) controller.enqueue(encoder.encode(text));
      };
      beat = setInterval(() => send(`event: ${BEAT}\ndata:\n\n`), BEAT_MS);
      end = setTimeout(finish, LIFETIME_MS);
      if (!first.done) send(event(renderPart(render(first.value))));
      void follow(values, (value) => send(event(renderPart(render(value))))).finally(() => {
        finish();
        // Already closed when the reader went first.
        try {
          controller.close();
        } catch {}
      });
    },
    cancel: finish,
  });
  return new Response(body, { headers: HEADERS });
}

async function follow<T>(values: AsyncGenerator<T>, each: (value: T) => void): Promise<void> {
  try {
    for await (const value of values) each(value);
  } catch {
    // The page's stream ends, it connects again, and its first answer says what is wrong.
  }
}

/** A message may have several lines; each needs the word before it. */
const event = (html: string): string => `${html.replace(/\r\n?/g, "\n").replace(/^/gm, "data: ")}\n\n`;
