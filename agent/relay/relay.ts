import { Value } from "@sinclair/typebox/value";
import { Problem } from "../contract/errors.ts";
import { type LlmOwn, type LlmReport, RelayKey, type RelayWish } from "../contract/llm.ts";
import type { MachineDocument } from "../contract/machine.ts";
import { seatName } from "../contract/seats.ts";
import type { Upstream } from "../contract/upstream.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type Refusal, refusalAnswer } from "./answers.ts";
import type { Around } from "./around.ts";
import { openCounts } from "./counts.ts";
import { exchange } from "./exchange.ts";
import { openHealth } from "./health.ts";
import { isPaused, modelRefusal, PAUSED, refusalOf } from "./limits.ts";
import { listenForSeat } from "./listener.ts";
import { askedOf } from "./paths.ts";
import { probe } from "./probe.ts";
import { openQueue } from "./queue.ts";
import { ownOf, reportOf } from "./report.ts";
import { type SeatTokens, shownToken } from "./tokens.ts";
import { openVerdict } from "./verdict.ts";

/** How soon it is seen that a key is taken again, or an upstream is there again, when nobody asks anything. */
const LOOK_MS = 15_000;

export interface RelayGiven {
  /** The machine's. */
  directory: string;
  upstream: Upstream;
  tokens: SeatTokens;
  document(): MachineDocument;
  /** The workshop goes on. */
  open(): boolean;
  /** The report changed. */
  changed(): void;
  trouble(error: unknown): void;
}

/** The way from every seat to the upstream: the key is put on here, and nowhere nearer to a seat. */
export interface Relay {
  /** The seat is ready: its programs reach the relay from now on. Safe to repeat. */
  openSeat(seat: SeatHandle): void;
  closeSeat(seat: number): Promise<void>;
  /** The document may have changed: who may not go on is stopped. */
  look(): void;
  /** `PUT /v1/relay/key`. @throws Problem INVALID_INPUT */
  putKey(request: Request): Promise<Response>;
  report(): LlmReport;
  /** What one seat used. */
  own(seat: number): LlmOwn;
  close(): Promise<void>;
}

export function openRelay(given: RelayGiven): Relay {
  const { directory, upstream, tokens, document, open, changed, trouble } = given;
  const listening = new Map<number, () => void>();
  const counts = openCounts(directory, changed, trouble);
  const health = openHealth(changed);
  // Near its cap a seat asks one thing after the other: together they could pass it by far.
  const queue = openQueue((seat, own, all) => refusal(seat, own, all)?.why !== "used-up" || refusal(seat) !== undefined);
  const verdict = openVerdict(health, queue);
  let key: string | undefined;
  const wish = (): RelayWish => document().relay ?? {};
  const generationOf = (seat: number) => document().seats.find((one) => one.seat === seat)?.generation;
  const hasKey = () => key !== undefined || !upstream.needsKey;

  /** @param own answers of its that are under way, and of `all` seats; -1: may they go on? */
  function refusal(seat: number, own = 0, all = own): Refusal | undefined {
    if (!open()) return ENDED;
    if (!hasKey()) return NO_KEY;
    const [hers, everybodys] = [counts.total(seat), counts.total()];
    return refusalOf(wish(), seat, { used: hers, answers: own }, { used: everybodys, answers: all });
  }

  const around: Around = {
    ...{ upstream, refusal, counts, queue, health, verdict },
    key: () => key,
    modelRefusal: (model) => modelRefusal(wish(), model),
    held: new Map(),
    running: new Set(),
    cuts: new Map(),
  };

  async function answer(request: Request, seat: number, port: number): Promise<Response> {
    const url = URL.parse(request.url);
    const asked = url && isOurs(request.headers.get("host"), port) ? askedOf(request.method, url.pathname) : undefined;
    if (!url || !asked || url.search.length > QUERY_LIMIT) return refusalAnswer(NO_SUCH_PATH);
    // Sent twice, they come as one: "13, 13".
    if (!/^\d*$/.test(request.headers.get("content-length") ?? "")) return refusalAnswer(TWO_LENGTHS);
    const generation = generationOf(seat) ?? 0;
    if (asked !== "hello") {
      const shown = tokens.judge(shownToken(request.headers), seat, generation);
      if (shown !== "good") return refusalAnswer(shown === "old" ? OLD : STRANGER);
    }
    return exchange({ request, asked, path: url.pathname + url.search, seat, generation }, around);
  }

  async function closeSeat(seat: number): Promise<void> {
    listening.get(seat)?.();
    listening.delete(seat);
    stop((one) => one.seat === seat, ENDED);
  }

  function stop(which: (one: { seat: number; generation: number }) => boolean, why: Refusal): void {
    for (const one of [...around.running]) if (which(one)) one.stop(why);
  }

  async function putKey(request: Request): Promise<Response> {
    const wanted: unknown = await request.json().catch(() => undefined);
    if (!Value.Check(RelayKey, wanted))
      throw new Problem("INVALID_INPUT", 'Send {"apiKey": "…"}: 4 to 4096 characters, without spaces.');
    key = wanted.apiKey;
    queue.free();
    changed();
    void probe(around);
    return new Response(null, { status: 204 });
  }

  const timer = setInterval(() => {
    const state = health.current()?.state;
    if (state === "refused" || state === "unreachable") void probe(around);
  }, LOOK_MS);
  timer.unref();

  return {
    openSeat: (seat) => {
      if (!seat.relayPort) return;
      const port = seat.relayPort;
      listening.get(seat.seat)?.();
      listening.delete(seat.seat);
      try {
        listening.set(
          seat.seat,
          listenForSeat(seat, directory, (request) => answer(request, seat.seat, port)),
        );
      } catch (cause) {
        trouble(new Error(`seat ${seatName(seat.seat)} has no way to Claude: its port ${port} is taken`, { cause }));
      }
    },
    closeSeat,
    look: () => {
      if (!open()) stop(() => true, ENDED);
      stop(({ seat, generation }) => generationOf(seat) !== generation, OLD);
      stop(({ seat }) => isPaused(wish(), seat), PAUSED);
    },
    putKey,
    report: () => reportOf({ wish: wish(), seats: document().seats, counts, health, hasKey: hasKey() }),
    own: (seat) => ownOf(wish(), seat, counts),
    close: async () => {
      clearInterval(timer);
      await Promise.all([...listening.keys()].map(closeSeat));
    },
  };
}

/** A query of the API's has some dozen bytes. */
const QUERY_LIMIT = 2048;

const ENDED: Refusal = { why: "stale", message: "The class has ended." };
const OLD: Refusal = {
  why: "stale",
  message: "This terminal is from before your seat was opened anew. Open another terminal and start claude there.",
};
const NO_KEY: Refusal = { why: "no-key", message: "The class has no key for Claude yet. Ask your instructor." };
const STRANGER: Refusal = { why: "stranger", message: "This token doesn't open this seat's way to Claude." };
const TWO_LENGTHS: Refusal = { why: "body", message: "The request says its length twice." };
const NO_SUCH_PATH: Refusal = {
  why: "path",
  message: "The relay has no such address: it passes on what the Claude CLI asks for.",
};

/** A request that names another server isn't for us, and none is sent there. */
function isOurs(host: string | null, port: number): boolean {
  return host !== null && ["127.0.0.1", "localhost"].some((name) => host === `${name}:${port}`);
}
