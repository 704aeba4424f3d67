import { Problem } from "../../agent/contract/errors.ts";

/** One counter and how much of it is too much. */
export interface Limit {
  key: string;
  most: number;
}

/** Short enough that a learner who mistyped waits, and long enough that guessing doesn't pay. */
const WINDOW_MS = 60_000;
/** Strangers can make up clients; what they can't do is fill the memory. */
const COUNTERS = 20_000;

/** Counts failures, never successes: a class of thirty behind one address joins at once without waiting. */
export class FailureLimits {
  readonly #counters = new Map<string, { count: number; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @throws RATE_LIMITED when one of them has failed too often within a minute */
  check(limits: readonly Limit[], what: string): void {
    const now = this.now();
    const waits = limits.map(({ key, most }) => {
      const counter = this.#counters.get(key);
      return counter && counter.until > now && counter.count >= most ? counter.until - now : 0;
    });
    const seconds = Math.ceil(Math.max(0, ...waits) / 1000);
    if (seconds > 0)
      throw new Problem("RATE_LIMITED", `${what} You can try again in ${seconds} seconds.`, { retryAfterSeconds: seconds });
  }

  failed(limits: readonly Limit[]): void {
    const now = this.now();
    for (const { key } of limits) {
      const counter = this.#counters.get(key);
      if (counter && counter.until > now) counter.count++;
      else this.#counters.set(key, { count: 1, until: now + WINDOW_MS });
    }
    this.#forget();
  }

  /** The oldest half goes at once, so that the cost of it is rare. */
  #forget(): void {
    if (this.#counters.size <= COUNTERS) return;
    for (const key of this.#counters.keys()) {
      this.#counters.delete(key);
      if (this.#counters.size <= COUNTERS / 2) return;
    }
  }
}
