import { Problem } from "../../contract/errors.ts";

/** A page that is loaded takes one for its terminal and two for its screen and browser; a learner has two or three pages. */
const AT_ONCE = 10;
/** A page that tries again comes twice a second at first. */
const PER_SECOND = 2;

interface Allowance {
  left: number;
  at: number;
}

/**
 * How many programs the agent starts in each seat: terminals, screens, browsers. Each costs some 50 ms of the daemon's and its shims' time,
 * which the kernel counts to no seat: a page that opens and closes terminals would slow all other seats.
 */
export class StartPace {
  readonly #seats = new Map<number, Allowance>();

  /** @throws Problem `RATE_LIMITED` when this seat has had its share */
  take(seat: number): void {
    const now = performance.now();
    const { left, at } = this.#seats.get(seat) ?? { left: AT_ONCE, at: now };
    const grown = Math.min(AT_ONCE, left + ((now - at) / 1000) * PER_SECOND);
    // Who is refused and comes again at once must not wait for ever.
    this.#seats.set(seat, { left: grown < 1 ? grown : grown - 1, at: now });
    if (grown < 1)
      throw new Problem("RATE_LIMITED", "Many terminals and screens were opened here just now. The next one opens by itself.", {
        retryAfterSeconds: 1,
      });
  }
}
