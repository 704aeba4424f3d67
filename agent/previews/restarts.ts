import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle } from "../seats/seat.ts";

/** From the beginning of one to that of the next: each costs the machine two seconds of a processor. */
const GAP_MS = 10_000;

/** A seat's browser is restarted once at a time, and not again at once. */
export class Restarts {
  #isBusy = false;
  #begun = Number.NEGATIVE_INFINITY;

  /** @throws Problem STATE_CONFLICT while one goes on, RATE_LIMITED when the last one just began, and what `renew` throws */
  async run(renew: () => Promise<void>): Promise<void> {
    if (this.#isBusy)
      throw new Problem("STATE_CONFLICT", "Your browser is being restarted already: it comes back in a few seconds.");
    const wait = Math.ceil((this.#begun + GAP_MS - performance.now()) / 1000);
    if (wait > 0) throw tooSoon(wait);
    this.#isBusy = true;
    this.#begun = performance.now();
    try {
      await renew();
    } finally {
      this.#isBusy = false;
    }
  }
}

const tooSoon = (seconds: number): Problem =>
  new Problem("RATE_LIMITED", `Your browser was restarted just now: try again in ${seconds} s.`, { retryAfterSeconds: seconds });

/** It ended, and there is no other. */
export const notRenewed = ({ seat }: SeatHandle): Problem =>
  new Problem(
    "UNAVAILABLE",
    `The browser of seat ${seatName(seat)} was ended and doesn't come up: try again in a minute, or tell your instructor.`,
  );
