/** Signalling has a few KB, a clipboard at most 1 MiB: what comes on and on is no neko, and reading it takes time from other seats. */
const BURST_BYTES = 4 * 1024 * 1024;
const BYTES_A_SECOND = 512 * 1024;

/** How fast one seat's neko is heard, over all its viewers. */
export class Pace {
  #left = BURST_BYTES;
  #at = performance.now();

  /** @param bytes that were read  @returns for how many milliseconds nothing more is to be read */
  spend(bytes: number): number {
    const now = performance.now();
    this.#left = Math.min(BURST_BYTES, this.#left + ((now - this.#at) * BYTES_A_SECOND) / 1000) - bytes;
    this.#at = now;
    return this.#left >= 0 ? 0 : (-this.#left * 1000) / BYTES_A_SECOND;
  }
}
