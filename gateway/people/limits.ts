import { Problem } from "../../agent/contract/errors.ts";

/** One counter and how much of it is too much. */
export interface Limit {
  /** What is counted: each kind has room of its own, so that browsers which a stranger makes up push out no address. */
  kind: string;
  key: string;
  most: number;
  /** A minute unless said otherwise. */
  windowMs?: number;
  /** The sentence for who has to wait. */
  says: string;
}

/** Short enough that a learner who mistyped waits, and long enough that guessing doesn't pay. */
const WINDOW_MS = 60_000;
/** Counters of one kind: 3 MB at most. Strangers can make up clients; what they can't do is fill the memory. */
const COUNTERS = 20_000;

interface Counter {
  count: number;
  until: number;
}

/** Counts failures, never successes: a class of thirty behind one address joins at once without waiting. */
export class FailureLimits {
  readonly #kinds = new Map<string, Map<string, Counter>>();

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Counts a failure before it is known to be one, so that a thousand tries at once are no more than `most`.
   * @returns takes it back: to be called when it was none
   * @throws RATE_LIMITED when one of the limits is reached; nothing is counted then
   */
  begin(limits: readonly Limit[]): () => void {
    const now = this.now();
    const [longest] = limits.map((limit) => ({ limit, wait: this.#wait(limit, now) })).sort((a, b) => b.wait - a.wait);
    if (longest && longest.wait > 0) {
      const retryAfterSeconds = Math.ceil(longest.wait / 1000);
      const sentence = `${longest.limit.says} You can try again in ${retryAfterSeconds} seconds.`;
      throw new Problem("RATE_LIMITED", sentence, { retryAfterSeconds });
    }
    const counters = limits.map((limit) => this.#count(limit, now));
    return () => {
      for (const counter of counters.splice(0)) counter.count--;
    };
  }

  #wait({ kind, key, most }: Limit, now: number): number {
    const counter = this.#kinds.get(kind)?.get(key);
    return counter && counter.until > now && counter.count >= most ? counter.until - now : 0;
  }

  #count({ kind, key, windowMs = WINDOW_MS }: Limit, now: number): Counter {
    const counters = this.#kinds.get(kind) ?? new Map<string, Counter>();
    this.#kinds.set(kind, counters);
    const known = counters.get(key);
    const counter = known && known.until > now ? known : { count: 0, until: now + windowMs };
    counter.count++;
    counters.set(key, counter);
    if (counters.size > COUNTERS) forget(counters, now);
    return counter;
  }
}

/**
 * Half goes at once, so that the cost of it is rare: first what is over, then the lowest counts. What strangers make up to push others out
 * has counts of one and goes before whatever was counted for long.
 */
function forget(counters: Map<string, Counter>, now: number): void {
  const worth = ({ count, until }: Counter) => (until > now ? count : -1);
  const sorted = [...counters].sort(([, a], [, b]) => worth(a) - worth(b));
  for (const [key] of sorted.slice(0, COUNTERS / 2)) counters.delete(key);
}
