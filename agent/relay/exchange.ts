import { type Refusal, Refused, refusalAnswer, refusalEvent } from "./answers.ts";
import { dropBody, type Held, readAsk } from "./ask.ts";
import type { Counts } from "./counts.ts";
import { headersDown, headersUp } from "./headers.ts";
import type { Health } from "./health.ts";
import type { Asked } from "./paths.ts";
import type { Queue } from "./queue.ts";
import { Scrub } from "./scrub.ts";
import type { Upstream } from "./upstream.ts";
import { AnswerMeter, type Meter, StreamMeter } from "./usage.ts";
import { AWAY, type Verdict } from "./verdict.ts";

/** A body comes from the same computer; one that takes longer holds a place that others wait for. */
const BODY_MS = 60_000;
/** Long enough for an answer that is made whole before it is sent. The instructor hears of it; the request goes on. */
const SLOW_MS = 60_000;
/** The CLI gives up after 361 s without a first byte and 300 s between two: whoever is silent longer has nobody waiting. */
const SILENT_MS = 400_000;

/** What all requests of a machine share. */
export interface Around {
  upstream: Upstream;
  key(): string | undefined;
  /** Why this seat may not ask now. */
  refusal(seat: number): Refusal | undefined;
  modelRefusal(model: string): Refusal | undefined;
  counts: Counts;
  queue: Queue;
  health: Health;
  verdict: Verdict;
  held: Held;
  running: Set<Running>;
}

/** A request that is under way. */
export interface Running {
  seat: number;
  generation: number;
  /** Ends it, also in the middle of its answer. */
  stop(refusal: Refusal): void;
}

export interface Call {
  request: Request;
  asked: Asked;
  /** With its query. */
  path: string;
  seat: number;
  generation: number;
}

/** One request of a seat: waits for its turn, goes to the upstream, and its answer passes as it comes. Never rejects. */
export async function exchange(call: Call, around: Around): Promise<Response> {
  const { request, seat, generation } = call;
  const abort = new AbortController();
  const gone = () => abort.abort(request.signal.reason);
  request.signal.addEventListener("abort", gone, { once: true });
  if (request.signal.aborted) gone();
  const running: Running = { seat, generation, stop: (refusal) => abort.abort(new Refused(refusal)) };
  around.running.add(running);
  const ends: (() => void)[] = [() => around.running.delete(running), () => request.signal.removeEventListener("abort", gone)];
  const over = () => ends.splice(0).forEach((end) => void end());
  try {
    return await pass(call, around, { abort, ends, over });
  } catch (error) {
    over();
    await dropBody(request);
    const refused = error instanceof Refused ? error : abort.signal.reason;
    return refusalAnswer(refused instanceof Refused ? refused.refusal : AWAY);
  }
}

interface Life {
  abort: AbortController;
  /** What is to be done once it is over. */
  ends: (() => void)[];
  over(): void;
}

async function pass(call: Call, around: Around, life: Life): Promise<Response> {
  const { request, asked, seat } = call;
  const { abort } = life;
  const mayAsk = () => {
    const refusal = around.refusal(seat);
    if (refusal) throw new Refused(refusal);
  };
  if (asked !== "hello") {
    mayAsk();
    life.ends.push(await around.queue.enter(seat, abort.signal));
    // It may have waited for minutes.
    mayAsk();
  }
  const late = setTimeout(
    () => abort.abort(new Refused({ why: "body", message: "The request took too long to come." })),
    BODY_MS,
  );
  life.ends.push(() => clearTimeout(late));
  let body: ReadableStream<Uint8Array> | null = request.body as ReadableStream<Uint8Array> | null;
  let used: ReturnType<Counts["begin"]> = () => {};
  if (asked === "messages") {
    if (!body) throw new Refused({ why: "body", message: "The request is empty." });
    const ask = await readAsk(body, request.headers.get("content-encoding"), around.held);
    body = ask.body;
    const refusal = around.modelRefusal(ask.model);
    if (refusal) {
      await body.cancel();
      throw new Refused(refusal);
    }
    used = around.counts.begin(seat, ask.model);
  }
  const key = asked === "hello" ? undefined : around.key();
  const answer = await ask(call, around, { body, key, signal: abort.signal });
  clearTimeout(late);
  around.verdict.heed(answer.headers);
  const headers = headersDown(answer.headers, key);
  if (asked === "hello" || answer.body === null) {
    life.over();
    return new Response(null, { status: answer.status < 600 && answer.status >= 200 ? answer.status : 502, headers });
  }
  if (!answer.ok) {
    const text = await around.verdict.judge(answer, key);
    life.over();
    return new Response(text, { status: answer.status, headers });
  }
  around.health.good();
  const streams = (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");
  const meter = asked !== "messages" ? undefined : streams ? new StreamMeter(used) : new AnswerMeter(used);
  return new Response(passing(answer.body as ReadableStream<Uint8Array>, { meter, key, streams, life, health: around.health }), {
    status: answer.status,
    headers,
  });
}

interface Sent {
  body: ReadableStream<Uint8Array> | null;
  key: string | undefined;
  signal: AbortSignal;
}

/** @throws Refused when nobody answers */
async function ask({ request, asked, path }: Call, around: Around, { body, key, signal }: Sent): Promise<Response> {
  const { upstream, health } = around;
  const told = asked !== "hello";
  const slow = setTimeout(() => told && health.bad("unreachable", `no answer for ${SLOW_MS / 1000} s`), SLOW_MS);
  try {
    return await fetch(`${upstream.base}${path}`, {
      method: request.method,
      headers: headersUp(request.headers, key, upstream.keyAsBearerToo),
      body,
      redirect: "manual",
      signal,
      timeout: false,
    } as RequestInit);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (told) health.bad("unreachable", wordsOf(error));
    throw new Refused(AWAY);
  } finally {
    clearTimeout(slow);
  }
}

/** Only what kind of fault it is: a message might name what was sent. */
function wordsOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return `no answer (${String(code ?? name)})`;
}

interface Passing {
  meter: Meter | undefined;
  key: string | undefined;
  streams: boolean;
  life: Life;
  health: Health;
}

/** As fast as the seat takes it, and no faster: the upstream is read when the seat's side has room. */
function passing(from: ReadableStream<Uint8Array>, { meter, key, streams, life, health }: Passing): ReadableStream<Uint8Array> {
  const reader = from.getReader();
  const scrub = key ? new Scrub(key) : undefined;
  const silent = setTimeout(() => life.abort.abort(), SILENT_MS);
  const over = () => {
    clearTimeout(silent);
    meter?.end();
    life.over();
  };
  async function next(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      silent.refresh();
      if (done) {
        const rest = scrub?.end();
        if (rest?.length) controller.enqueue(rest);
        over();
        return controller.close();
      }
      meter?.push(value);
      const clean = scrub ? scrub.push(value) : value;
      if (clean.length > 0) return controller.enqueue(clean);
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        next(controller).catch((error: unknown) => {
          over();
          const { signal } = life.abort;
          if (!signal.aborted) health.bad("unreachable", "an answer was cut in its middle");
          if (!streams || !(signal.reason instanceof Refused)) return controller.error(error);
          controller.enqueue(Buffer.from(refusalEvent(signal.reason.refusal)));
          controller.close();
        }),
      cancel: () => {
        life.abort.abort();
        over();
      },
    },
    { highWaterMark: 0 },
  );
}
