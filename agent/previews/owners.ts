import { Problem } from "../contract/errors.ts";
import type { NekoSettings } from "../contract/neko.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { Neko, startNeko } from "./neko/neko.ts";
import { startOwn } from "./own.ts";
import type { Owner } from "./owner.ts";
import type { ProgramSource } from "./programs.ts";

export interface OwnersGiven {
  source: ProgramSource;
  neko?: NekoSettings | undefined;
  /** How long neko's answer is waited for, in milliseconds; missing: as long as people would. */
  provideMs?: number | undefined;
  trouble(error: unknown): void;
}

/** It hung or ended so often: once neko alone is started again, once all of its container, then the seat has its own browser. */
const STRIKES = 3;

/** What went wrong longer ago doesn't count any more. */
const STRIKE_MS = 30 * 60 * 1000;

/** One that ran this long and then ended was well. */
const LIVED_MS = 60_000;

/** What learners read where nothing better is known; it fits into a close frame. */
const NO_ADDRESS = "Live video isn’t set up: CLARATEACH_NEKO_ADDRESS doesn’t name this machine.";
const NO_CONTAINER = "Live video needs a seat in a container, and this one is a plain process.";
const NOT_STARTED = "Live video couldn’t be started on this machine.";
const HUNG = "Live video hung on this machine more than once.";

/** Who shall run a seat's browser: neko where it can, else the seat itself. */
export class Owners {
  readonly #seat: SeatHandle;
  readonly #given: OwnersGiven;
  #strikes: number[] = [];
  #whyNot: string | undefined;
  #mending: Promise<void> | undefined;

  constructor(seat: SeatHandle, given: OwnersGiven) {
    this.#seat = seat;
    this.#given = given;
  }

  /** Why neko isn't taken now, a sentence; undefined where it is, or nobody asked for it. */
  get whyNot(): string | undefined {
    const { neko } = this.#given;
    if (!neko) return undefined;
    if (!this.#seat.beside) return NO_CONTAINER;
    return neko.address === undefined ? NO_ADDRESS : this.#whyNot;
  }

  /** @param signal gives up @throws Problem UNAVAILABLE when nobody can */
  async start(signal: AbortSignal): Promise<Owner> {
    const neko = await this.#startNeko(signal);
    signal.throwIfAborted();
    return neko ?? startOwn(this.#seat, this.#given.source, this.#given.trouble);
  }

  /** The preview is opened from nothing next: neko may be tried again. */
  forget(): void {
    this.#whyNot = undefined;
    this.#strikes = [];
  }

  /** An owner ended by itself. @param livedMs how long it ran */
  ended(owner: Owner, livedMs: number): void {
    if (owner instanceof Neko && !owner.isEnding && livedMs < LIVED_MS) this.#strike();
  }

  async #startNeko(signal: AbortSignal): Promise<Neko | undefined> {
    const { neko, provideMs, trouble } = this.#given;
    if (neko?.address === undefined || this.whyNot !== undefined) return undefined;
    try {
      const settings = { ...neko, address: neko.address };
      return await startNeko(this.#seat, { settings, provideMs, wedged: (one) => this.#wedged(one) }, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#whyNot = error instanceof Problem ? error.message : NOT_STARTED;
      trouble(error);
      return undefined;
    }
  }

  /** All its viewers tell of it, and one answer is for all. */
  #wedged(neko: Neko): void {
    this.#mending ??= this.#mend(neko)
      .catch(this.#given.trouble)
      .finally(() => {
        this.#mending = undefined;
      });
  }

  async #mend(neko: Neko): Promise<void> {
    const strikes = this.#strike();
    if (strikes > 1 || !(await neko.restart())) await neko.end();
  }

  #strike(): number {
    const now = Date.now();
    this.#strikes = [...this.#strikes.filter((at) => now - at < STRIKE_MS), now];
    if (this.#strikes.length >= STRIKES) this.#whyNot = HUNG;
    return this.#strikes.length;
  }
}
