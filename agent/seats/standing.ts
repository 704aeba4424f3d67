import type { MachineDocument, SeatReport } from "../contract/machine.ts";
import type { SeatNews } from "../contract/seat-news.ts";
import type { SeatStatus } from "../contract/seats.ts";
import type { State } from "../engine/state.ts";
import { seatWish } from "./decide.ts";
import type { SeatLook } from "./look.ts";
import { type Gentle, gentleKinds, goesOn, lifeOf, seatNews } from "./news.ts";
import { recordOf } from "./records.ts";
import type { Runtime, SeatWish } from "./runtime.ts";
import { beingMadeFrom, editedMeanwhile, isBusy, isOlder, type SeatProgress, seatProgress, workOf } from "./status.ts";
import { wishOf } from "./wishes.ts";

export interface StandingParts {
  state: State;
  look: SeatLook;
  runtime: Pick<Runtime, "gentle" | "renewSeat">;
  wanted(): MachineDocument | undefined;
}

/** A seat's report, but for what may be asked of it and what it takes. */
export type SeatRow = SeatProgress & Pick<SeatReport, "seat" | "generation" | "older">;

/** How each seat stands: by what is wanted, what was seen last, and what was done. Nothing is begun by it. */
export class SeatStanding {
  readonly #gentle: Gentle;
  /** What is being done with these began while nobody could work in them. */
  readonly #shut = new Set<number>();

  constructor(private readonly parts: StandingParts) {
    this.#gentle = gentleKinds(parts.runtime.gentle);
  }

  /** To be called before something is begun with it: then its learner's pages are shut, or stay. */
  begins(seat: number): void {
    if (this.isOpen(seat)) this.#shut.delete(seat);
    else this.#shut.add(seat);
  }

  /** Of the document, ending or not. */
  listed(seat: number): SeatWish | undefined {
    const document = this.parts.wanted();
    const one = document?.seats.find((each) => each.seat === seat);
    return document && one && seatWish(document, one);
  }

  /** Of the document, while its class runs. */
  wanted(seat: number): SeatWish | undefined {
    return this.parts.wanted()?.phase === "running" ? this.listed(seat) : undefined;
  }

  progress(seat: number): SeatProgress {
    const { state, look } = this.parts;
    const record = recordOf(state.memory, seat);
    const wish = this.wanted(seat);
    const wanted = wish !== undefined && wishOf(state.memory, wish).power !== "gone";
    const work = workOf(state, seat);
    const edited = work !== undefined && wish !== undefined && editedMeanwhile(work, wish);
    return seatProgress(work, { record, wanted, edited, condition: look.condition(seat) });
  }

  status(seat: number): SeatStatus {
    return this.progress(seat).status;
  }

  /** As `SeatManager.isOpen`. */
  isOpen(seat: number): boolean {
    if (this.status(seat) === "ready") return true;
    const { state } = this.parts;
    const wish = this.wanted(seat);
    if (!wish || this.#shut.has(seat)) return false;
    return goesOn(workOf(state, seat), recordOf(state.memory, seat), wish.freshSince, this.#gentle);
  }

  /** As `SeatManager.news`. */
  news(seat: number): SeatNews {
    return seatNews(workOf(this.parts.state, seat), this.progress(seat), this.isOpen(seat), this.#gentle);
  }

  /** As `SeatManager.life`. */
  life(seat: number): string | undefined {
    return lifeOf(this.parts.state, seat, this.#gentle);
  }

  /** The document's seats. */
  rows(): SeatRow[] {
    return (this.parts.wanted()?.seats ?? []).map(({ seat, generation }) => {
      const older = this.#isOlder(seat) && { older: true as const };
      return { seat, generation, ...this.progress(seat), ...older };
    });
  }

  /** Where seats aren't made again round their work, nothing could be done about it. */
  #isOlder(seat: number): boolean {
    const { state, runtime } = this.parts;
    const wish = this.listed(seat);
    if (!wish || !runtime.renewSeat) return false;
    const work = workOf(state, seat);
    const from = (work && isBusy(work) && beingMadeFrom(work)) || recordOf(state.memory, seat)?.from;
    return isOlder(from, wish);
  }
}
