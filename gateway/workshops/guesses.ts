import type { GuessingView } from "../../views/workshop.ts";
import type { FailureLimits, Limit } from "../people/limits.ts";

/*
 * Reconnect codes have five of 36 characters: 60,466,176, of which as many are taken as a workshop has seats: ten, thirty, at most 99.
 * - One address, 60 wrong ones a minute: 43,200 in twelve hours, the longest class. It finds one of ten seats with 0.7 %, one of thirty with
 *   2.1 %, one of 99 with 7 %; in a usual class of four hours with 0.24 %, 0.7 % and 2.4 %.
 * - Many addresses: from the thirtieth wrong one on, addresses at which nobody of the workshop sits have three an hour. Ten thousand of them
 *   look up 120,000 in four hours: 2 %, 6 % and 20 %; a hundred of them 1,200: 0.02 %, 0.06 % and 0.2 %.
 *   IPv6 is counted by its /48 there: many a customer has the 65,536 networks of one.
 *   Who takes a seat of the workshop at an address makes it one of the first kind, and there are no more than seats.
 * - The instructor reads of it on the workshop's page from the thirtieth wrong one on: after half a minute of one address.
 */

/** Wrong codes of one learner within a minute, from all browsers together; or of a browser that isn't a learner's. */
const LEARNER_FAILURES = 10;
/** Wrong codes of one address within a minute. Thirty learners behind it with two slips each. */
const ADDRESS_FAILURES = 60;
/** Wrong codes of an address where nobody sits, within an hour, while somebody is guessing: a learner's slips on the way home. */
const STRANGER_FAILURES = 3;
const STRANGER_MS = 3_600_000;

/** Wrong codes from which on somebody is guessing; a class of thirty has a handful a day. */
const GUESSING_FROM = 30;
/** So many a minute are forgotten: slips of a long day never add up to guessing. */
const FORGOTTEN_PER_MS = 3 / 60_000;
/** Each wrong code above `GUESSING_FROM` keeps the next ones waiting so much longer. */
const DELAY_STEP_MS = 10;
/** The right code waits as long as a wrong one, or its haste would tell: longer than this is too long for a learner. */
const DELAY_MOST_MS = 1000;
/** What is counted at most: half an hour after the last wrong code nobody is guessing any more. */
const LEVEL_MOST = GUESSING_FROM + DELAY_MOST_MS / DELAY_STEP_MS;

/** Workshops in which codes were wrong lately: more than run at once on any gateway. */
const WORKSHOPS = 100;
/** Addresses that are counted: 100 kB a workshop. */
const ADDRESSES = 1000;

interface Count {
  /** Falls by itself; see `FORGOTTEN_PER_MS`. */
  level: number;
  at: number;
  wrong: number;
  since: number;
  addresses: Set<string>;
}

/** Wrong reconnect codes, by workshop over all addresses. */
export class Guesses {
  readonly #counts = new Map<string, Count>();

  constructor(
    private readonly limits: FailureLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Before a code is looked up. Resolves when it may be, at most `DELAY_MOST_MS` later.
   * @param who a learner's id or, of a browser that is none's, its own; `sits`: whether a learner of the workshop sits at this address
   * @returns takes it back: to be called when the code was right
   * @throws RATE_LIMITED
   */
  async begin(workshop: string, who: string | undefined, address: string, sits: boolean): Promise<() => void> {
    const takeBack = this.limits.begin(this.#limitsOf(workshop, who, address, sits));
    await Bun.sleep(this.delay(workshop));
    return takeBack;
  }

  /** Milliseconds that a code waits before it is looked up now. */
  delay(workshop: string): number {
    const above = Math.max(0, this.#level(workshop) - GUESSING_FROM);
    return Math.min(DELAY_MOST_MS, above * DELAY_STEP_MS);
  }

  /** A code was looked up and is nobody's. */
  wrong(workshop: string, address: string): void {
    const now = this.now();
    const level = Math.min(LEVEL_MOST, this.#level(workshop) + 1);
    const before = level > 1 ? this.#counts.get(workshop) : undefined;
    const count = before ?? { wrong: 0, since: now, addresses: new Set<string>(), level, at: now };
    if (count.addresses.size < ADDRESSES) count.addresses.add(address);
    this.#counts.delete(workshop);
    this.#counts.set(workshop, Object.assign(count, { level, at: now, wrong: count.wrong + 1 }));
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > WORKSHOPS && oldest !== undefined) this.#counts.delete(oldest);
  }

  /** Undefined while nobody is guessing. */
  of(workshop: string): GuessingView | undefined {
    const count = this.#counts.get(workshop);
    if (!count || this.#level(workshop) < GUESSING_FROM) return undefined;
    const { wrong, since, addresses } = count;
    return { wrong, since: new Date(since).toISOString(), addresses: [...addresses] };
  }

  #level(workshop: string): number {
    const count = this.#counts.get(workshop);
    return count ? Math.max(0, count.level - (this.now() - count.at) * FORGOTTEN_PER_MS) : 0;
  }

  #limitsOf(workshop: string, who: string | undefined, address: string, sits: boolean): Limit[] {
    const here = `${workshop} ${address}`;
    const shared = "Too many wrong reconnect codes from your network.";
    const limits: Limit[] = [{ kind: "reconnect by address", key: here, most: ADDRESS_FAILURES, says: shared }];
    if (!sits) {
      const most = this.of(workshop) ? STRANGER_FAILURES : Number.POSITIVE_INFINITY;
      const says = "Somebody is guessing reconnect codes of this workshop, so few are taken from each network where no seat is.";
      const key = here.replace(/:[0-9a-f]+::\/64$/, "");
      limits.push({ kind: "reconnect by strange address", key, most, windowMs: STRANGER_MS, says });
    }
    const own = {
      kind: "reconnect by learner",
      most: LEARNER_FAILURES,
      says: "Too many wrong reconnect codes from this browser.",
    };
    return who ? [{ ...own, key: `${workshop} ${who}` }, ...limits] : limits;
  }
}
