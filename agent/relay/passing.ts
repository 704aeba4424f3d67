import { Refused, refusalEvent } from "./answers.ts";
import type { Life } from "./around.ts";
import type { Meter } from "./meter.ts";
import { Scrub } from "./scrub.ts";

interface Passing {
  meter: Meter | undefined;
  key: string | undefined;
  /** `text/event-stream`. */
  streams: boolean;
  life: Life;
  /** Not called for one that was stopped on our side. @param whole false: it was cut */
  ended(whole: boolean): void;
}

/** An answer's bytes, as fast as the seat takes them and no faster: the upstream is read when the seat's side has room. */
export function passing(from: ReadableStream<Uint8Array>, given: Passing): ReadableStream<Uint8Array> {
  const { meter, key, streams, life, ended } = given;
  const reader = from.getReader();
  const scrub = key ? new Scrub(key) : undefined;
  let atEnd = true;
  const over = () => {
    meter?.end();
    life.over();
  };
  async function next(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      life.heard();
      if (done) {
        const rest = scrub?.end();
        if (rest?.length) controller.enqueue(rest);
        over();
        ended(true);
        return controller.close();
      }
      meter?.push(value);
      const clean = scrub ? scrub.push(value) : value;
      if (clean.length === 0) continue;
      atEnd = clean.at(-1) === NEWLINE && clean.at(-2) === NEWLINE;
      return controller.enqueue(clean);
    }
  }
  function failed(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
    over();
    const { signal } = life.abort;
    if (!signal.aborted) ended(false);
    // Within an event nothing can be said any more.
    if (!streams || !(signal.reason instanceof Refused) || !atEnd) {
      controller.error(error);
      return;
    }
    controller.enqueue(Buffer.from(refusalEvent(signal.reason.refusal)));
    controller.close();
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => next(controller).catch((error: unknown) => failed(controller, error)),
      cancel: () => {
        life.abort.abort();
        over();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Two of them end an event. */
const NEWLINE = 0x0a;
