import { Problem } from "../../../agent/contract/errors.ts";
import { once } from "../../../agent/contract/once.ts";
import type { FailureLimits } from "../../people/limits.ts";

/**
 * What pages hold open at once, a third of what the front lets through in all and from one address: whoever opens these, which anybody may, must not
 * take the door from a class that sits behind the same address. One check has three.
 */
export const LINES = { open: 2000, perAddress: 200 };
/** Of one address within a minute: two hundred browsers, each once. */
const BEGUN_PER_ADDRESS = 600;

/** How many connections checks hold open, so that nobody takes the gateway's with them. */
export class Lines {
  readonly #open = new Map<string, number>();
  #all = 0;

  constructor(private readonly limits: FailureLimits) {}

  /** @returns gives the place back, once @throws RATE_LIMITED; UNAVAILABLE when all are taken */
  take(address: string): () => void {
    const says = "Too many checks from your network at once.";
    this.limits.begin([{ kind: "check line", key: address, most: BEGUN_PER_ADDRESS, says }]);
    const held = this.#open.get(address) ?? 0;
    if (held >= LINES.perAddress) throw new Problem("RATE_LIMITED", `${says} Try again in a minute.`, { retryAfterSeconds: 60 });
    if (this.#all >= LINES.open) throw new Problem("UNAVAILABLE", "Too many checks at once. Try again in a minute.");
    this.#count(address, 1);
    return once(() => this.#count(address, -1));
  }

  #count(address: string, step: 1 | -1): void {
    const held = (this.#open.get(address) ?? 0) + step;
    this.#all += step;
    if (held > 0) this.#open.set(address, held);
    else this.#open.delete(address);
  }
}
