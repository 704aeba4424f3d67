import type { Update } from "./line-quality.ts";

/** Measures how long each update of the picture was on its way, from the pieces in which its bytes arrive. */
export class UpdateMeter {
  #heardAt = 0;
  #begunAt = 0;

  /** A piece arrived. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** The piece that arrived last has an update's first byte. */
  begin(): void {
    this.#begunAt = this.#heardAt;
  }

  /** And its last. */
  end(): Update {
    return { at: this.#heardAt, took: this.#heardAt - this.#begunAt };
  }
}
