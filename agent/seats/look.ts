import type { Memory } from "../engine/memory.ts";
import { recordedSeats } from "./records.ts";
import type { Runtime, SeatCondition } from "./runtime.ts";

/** What is there of each seat, by looking. */
export class SeatLook {
  readonly #runtime: Runtime;
  readonly #memory: Memory;
  readonly #isBusy: (seat: number) => boolean;
  readonly #conditions = new Map<number, SeatCondition>();
  readonly #found = new Set<number>();
  #foundIsOld = true;

  /** @param isBusy a seat that is being made or removed isn't looked at: its task knows better */
  constructor(runtime: Runtime, memory: Memory, isBusy: (seat: number) => boolean) {
    this.#runtime = runtime;
    this.#memory = memory;
    this.#isBusy = isBusy;
  }

  /** Undefined: not looked at since something was done with it. */
  condition(seat: number): SeatCondition | undefined {
    return this.#conditions.get(seat);
  }

  /** Seats of which anything is there. */
  get found(): ReadonlySet<number> {
    return this.#found;
  }

  /** @returns whether any condition is another one. @throws what the runtime throws */
  async look(): Promise<boolean> {
    if (this.#foundIsOld) await this.#find();
    const seats = [...new Set([...this.#found, ...recordedSeats(this.#memory)])].filter((seat) => !this.#isBusy(seat));
    const conditions = await Promise.all(seats.map((seat) => this.#runtime.inspect(seat)));
    const before = JSON.stringify([...this.#conditions]);
    for (const seat of this.#conditions.keys()) if (!seats.includes(seat)) this.#conditions.delete(seat);
    // One that became busy meanwhile is looked at when it is done.
    seats.forEach((seat, i) => {
      const condition = conditions[i];
      if (condition && !this.#isBusy(seat)) this.#conditions.set(seat, condition);
    });
    return JSON.stringify([...this.#conditions]) !== before;
  }

  /** Something is done with this seat from now on: what was seen is old, and something of it may be there. */
  touched(seat: number): void {
    this.#conditions.delete(seat);
    this.#found.add(seat);
  }

  /** Something went away or wrong: the next look finds all seats anew. */
  findAnew(): void {
    this.#foundIsOld = true;
  }

  /** Something went away since this look began: what it found may be gone. */
  get isOld(): boolean {
    return this.#foundIsOld;
  }

  /** Costs a look at every process: only at the start, and when something went away or wrong. */
  async #find(): Promise<void> {
    this.#foundIsOld = false;
    const found = new Set(
      await this.#runtime.found().catch((error) => {
        this.#foundIsOld = true;
        throw error;
      }),
    );
    for (const seat of this.#found) if (!this.#isBusy(seat) && !found.has(seat)) this.#found.delete(seat);
    for (const seat of found) this.#found.add(seat);
  }
}
