import type { Update } from "./line-quality.ts";

/** A line doesn't change from one update to the next, and each measurement is a message. */
const WAY_EVERY_MS = 1000;

/** Of the last so many the shortest is the line's own: in the others the answer may have waited. */
const WAYS = 5;

/** Measures how long each update of the picture was on its way, from the pieces in which its bytes arrive, and how far the seat is. */
export class UpdateMeter {
  #heardAt = 0;
  #begunAt = 0;
  #bytes = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsked = false;
  #ways: readonly number[] = [];

  /** A piece arrived. */
  heard(now: number, bytes: number): void {
    this.#heardAt = now;
    this.#bytes += bytes;
  }

  /** The piece that arrived last has an update's first byte. */
  begin(): void {
    this.#begunAt = this.#heardAt;
    this.#bytes = 0;
  }

  /** And its last. */
  end(): Update {
    const way = this.#ways.length === 0 ? 0 : Math.min(...this.#ways);
    return { at: this.#heardAt, took: this.#heardAt - this.#begunAt, bytes: this.#bytes, way };
  }

  /** It is time for a question that is answered at once. */
  isDue(now: number): boolean {
    return now - this.#askedAt >= WAY_EVERY_MS;
  }

  /** The question was sent. */
  asked(now: number): void {
    this.#askedAt = now;
    this.#isAsked = true;
  }

  /** The piece that arrived last has its answer. */
  answered(): void {
    if (this.#isAsked) this.#ways = [this.#heardAt - this.#askedAt, ...this.#ways].slice(0, WAYS);
    this.#isAsked = false;
  }
}
