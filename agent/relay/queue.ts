import { once } from "../contract/once.ts";
import { SEATS_PER_MACHINE } from "../contract/seats.ts";
import { type Refusal, Refused } from "./answers.ts";

/** To one upstream: what ten learners with a few of the CLI's subagents use, and far below what its accounts are given. */
export const STREAMS_AT_ONCE = 40;
/** The CLI has five at once with four subagents, ten at most; a seat that fires more waits for its own. */
export const STREAMS_PER_SEAT = 8;
/** The others are kept, one for each seat that has none: however many the others hold, and however long, hers begins at once. */
const SECONDS_AT_ONCE = STREAMS_AT_ONCE - SEATS_PER_MACHINE;
/** Beyond, somebody only fires. */
const WAITING_PER_SEAT = 100;
/** A longer pause that the upstream asks for is told to the learner instead of waited for. */
export const WAITED_MS = 60_000;
/** Then it is asked again, whatever it said. */
const HOLD_MS = 15 * 60_000;

interface Waiting {
  go(): void;
  refuse(refusal: Refusal): void;
}

/** The one way to the upstream: seats take turns, however many requests each has; each may always have one. */
export interface Queue {
  /** Resolves when it is this request's turn, with what to call when it is over. @throws Refused when too many wait @throws the signal's reason */
  enter(seat: number, signal: AbortSignal): Promise<() => void>;
  /** The upstream asked for a pause. @param ms from now */
  hold(ms: number): void;
  /** Another key: what was asked for the one before counts no more. */
  free(): void;
}

/** @param mayJoin whether a seat may have one more, of `own` that it has under way, and all seats `all` */
export function openQueue(
  mayJoin: (seat: number, own: number, all: number) => boolean = () => true,
  now: () => number = Date.now,
): Queue {
  const running = new Map<number, number>();
  /** Seats in the order of their turns; the first is next. */
  const waiting = new Map<number, Waiting[]>();
  let total = 0;
  let heldUntil = 0;
  let timer: Timer | undefined;

  const runningOf = (seat: number) => running.get(seat) ?? 0;

  function hasRoom(seat: number): boolean {
    const own = runningOf(seat);
    if (own >= STREAMS_PER_SEAT || (own > 0 && total - running.size >= SECONDS_AT_ONCE)) return false;
    return mayJoin(seat, own, total);
  }

  function next(): void {
    for (const [seat, line] of waiting) {
      if (!hasRoom(seat)) continue;
      const first = line.shift();
      // To the end of the round.
      waiting.delete(seat);
      if (line.length > 0) waiting.set(seat, line);
      first?.go();
    }
  }

  function later(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        turns();
      },
      Math.max(1, heldUntil - now()),
    );
    timer.unref();
  }

  /** A round passes every seat once; there may be room for more. */
  function turns(): void {
    const held = heldUntil - now();
    if (held > WAITED_MS) {
      for (const line of waiting.values()) for (const one of line) one.refuse(limited(held));
      waiting.clear();
    }
    if (held > 0) {
      later();
      return;
    }
    for (let before = -1; before !== total; ) {
      before = total;
      next();
    }
  }

  function leaver(seat: number): () => void {
    return once(() => {
      total--;
      running.set(seat, runningOf(seat) - 1);
      if (runningOf(seat) === 0) running.delete(seat);
      turns();
    });
  }

  return {
    enter: (seat, signal) => {
      const line = waiting.get(seat) ?? [];
      if (line.length >= WAITING_PER_SEAT) throw new Refused(tooMany(line.length));
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const one: Waiting = {
        refuse: (refusal) => {
          signal.removeEventListener("abort", gone);
          reject(new Refused(refusal));
        },
        go: () => {
          signal.removeEventListener("abort", gone);
          total++;
          running.set(seat, runningOf(seat) + 1);
          resolve(leaver(seat));
        },
      };
      const gone = () => {
        const at = line.indexOf(one);
        if (at >= 0) line.splice(at, 1);
        if (line.length === 0 && waiting.get(seat) === line) waiting.delete(seat);
        reject(signal.reason);
      };
      signal.addEventListener("abort", gone, { once: true });
      line.push(one);
      if (!waiting.has(seat)) waiting.set(seat, line);
      turns();
      return promise;
    },
    hold: (ms) => {
      heldUntil = Math.max(heldUntil, now() + Math.min(ms, HOLD_MS));
    },
    free: () => {
      heldUntil = 0;
      turns();
    },
  };
}

const tooMany = (count: number): Refusal => ({
  why: "busy",
  message: `${count} requests of this seat wait already: let some end first.`,
});

const MINUTE_MS = 60_000;

/** @param ms that the upstream wants to be left alone for */
export const limited = (ms: number): Refusal => ({
  why: "held",
  message: `The class has asked more than its account may for now. Ask again in ${ms > MINUTE_MS ? `${Math.ceil(ms / MINUTE_MS)} minutes` : "a minute"}.`,
  retryAfter: Math.ceil(ms / 1000),
});
