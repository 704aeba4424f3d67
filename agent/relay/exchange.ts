import { type Refusal, Refused, refusalAnswer } from "./answers.ts";
import type { Around, Call, Life, Running } from "./around.ts";
import { readAsk } from "./ask.ts";
import { dropBody } from "./drop.ts";
import { headersDown } from "./headers.ts";
import { AnswerMeter, type Meter, StreamMeter, type Used } from "./meter.ts";
import { passing } from "./passing.ts";
import { send } from "./send.ts";
import { guessed } from "./usage.ts";
import { AWAY } from "./verdict.ts";

/** A body comes from the same computer; one that takes longer holds a place that others wait for. */
const BODY_MS = 60_000;
/** The CLI gives up after 361 s without a first byte and 300 s between two: whoever is silent longer has nobody waiting. */
const SILENT_MS = 400_000;

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
    return await pass(call, around, { abort, ends, over, heard: () => {} });
  } catch (error) {
    over();
    await dropBody(request);
    const refused = error instanceof Refused ? error : abort.signal.reason;
    return refusalAnswer(refused instanceof Refused ? refused.refusal : AWAY);
  }
}

async function pass(call: Call, around: Around, life: Life): Promise<Response> {
  const { asked, seat } = call;
  const mayAsk = () => {
    const refusal = asked === "hello" ? undefined : around.refusal(seat);
    if (refusal) throw new Refused(refusal);
  };
  mayAsk();
  if (asked === "messages") refuseAfterCuts(seat, around);
  life.ends.push(await around.queue.enter(seat, life.abort.signal));
  // It may have waited for minutes.
  mayAsk();
  const { body, used } = await uploaded(call, around, life);
  const key = asked === "hello" ? undefined : around.key();
  const silent = setTimeout(() => life.abort.abort(new Refused(AWAY)), SILENT_MS);
  life.heard = () => void silent.refresh();
  life.ends.push(() => clearTimeout(silent));
  const answer = await send({ call, body, key, abort: life.abort }, around);
  life.heard();
  around.verdict.heed(answer.headers);
  const headers = headersDown(answer.headers, key);
  if (asked === "hello") {
    life.over();
    return new Response(null, { status: answer.ok ? answer.status : 502 });
  }
  if (!answer.ok || !answer.body) {
    const text = await around.verdict.judge(answer, key, "seats");
    life.over();
    return new Response(text, { status: answer.status, headers });
  }
  const form = around.verdict.formOf(answer);
  around.health.good("seats");
  const meter = used && meterOf(form, used);
  return new Response(passing(answer.body, { meter, key, streams: form === "stream", life, ended: endOf(seat, around) }), {
    status: answer.status,
    headers,
  });
}

/** The CLI asks anew for an answer that was cut, and each time is paid for; after some its learner hears of it instead, and may ask again. */
const CUTS = 3;
const CUT: Refusal = { why: "away", message: "Claude's answers break off on their way. Ask again; your instructor sees it too." };

function refuseAfterCuts(seat: number, { cuts }: Around): void {
  if ((cuts.get(seat) ?? 0) < CUTS) return;
  cuts.delete(seat);
  throw new Refused(CUT);
}

const endOf =
  (seat: number, { cuts, health }: Around) =>
  (whole: boolean): void => {
    if (whole) cuts.delete(seat);
    else {
      cuts.set(seat, (cuts.get(seat) ?? 0) + 1);
      health.bad("unreachable", "an answer was cut in its middle", "seats");
    }
  };

const meterOf = (form: "stream" | "whole", used: Used): Meter =>
  form === "stream" ? new StreamMeter(used) : new AnswerMeter(used);

interface Uploaded {
  body: ReadableStream<Uint8Array> | null;
  /** Missing: it costs nothing. */
  used?: Used;
}

/** The beginning of the request's body, which says what is asked for; the rest follows as the upstream takes it. @throws Refused */
async function uploaded({ request, asked, seat }: Call, around: Around, life: Life): Promise<Uploaded> {
  if (asked !== "messages" && asked !== "count") return { body: null };
  if (!request.body) throw new Refused({ why: "body", message: "The request is empty." });
  const { signal } = life.abort;
  const late = setTimeout(() => life.abort.abort(new Refused(LATE)), BODY_MS);
  const ended = () => clearTimeout(late);
  life.ends.push(ended);
  const encoding = request.headers.get("content-encoding");
  const ask = await readAsk({
    seat,
    body: request.body as ReadableStream<Uint8Array>,
    encoding,
    held: around.held,
    abort: life.abort,
    ended,
  });
  const refusal = around.modelRefusal(ask.model);
  if (refusal) {
    await ask.body.cancel();
    throw new Refused(refusal);
  }
  if (asked === "count") return { body: ask.body };
  const tell = around.counts.begin(seat, ask.model);
  const from = Date.now();
  let told = false;
  life.ends.push(() => {
    if (signal.aborted && !told) tell(guessed(ask.bytes(), Date.now() - from), undefined);
  });
  const used: Used = (usage, model, last) => {
    told = true;
    tell(usage, model);
    const refusal = last ? undefined : around.refusal(seat, -1);
    if (refusal) life.abort.abort(new Refused(refusal));
  };
  return { body: ask.body, used };
}

const LATE: Refusal = { why: "body", message: "The request took too long to come." };
