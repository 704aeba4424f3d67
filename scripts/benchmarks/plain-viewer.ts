import type { Pty } from "../../agent/seats/seat.ts";

/** Before a keystroke the last one's line is gone. */
const SETTLE_MS = 15;
/** One that takes this long counts as this long. */
const ECHO_LIMIT_MS = 5000;

/** A terminal of a seat without page, socket and agent around it. */
export class PlainViewer {
  #seen = "";
  #look: (() => void) | undefined;
  static #count = 0;

  constructor(readonly pty: Pty) {
    pty.onData((bytes) => {
      this.#seen = (this.#seen + Buffer.from(bytes).toString("latin1")).slice(-4000);
      this.#look?.();
    });
  }

  sees(text: string): Promise<void> {
    const came = Promise.withResolvers<void>();
    this.#look = () => this.#seen.includes(text) && came.resolve();
    this.#look();
    return came.promise;
  }

  /** Milliseconds from a keystroke to its picture. */
  async echo(): Promise<number> {
    const key = String.fromCharCode(97 + (PlainViewer.#count++ % 26));
    this.pty.write(Buffer.from("\x15"));
    await Bun.sleep(SETTLE_MS);
    this.#seen = "";
    const came = Promise.withResolvers<void>();
    this.#look = () => this.#seen.includes(key) && came.resolve();
    const began = performance.now();
    this.pty.write(Buffer.from(key));
    const timer = setTimeout(came.resolve, ECHO_LIMIT_MS);
    await came.promise;
    clearTimeout(timer);
    return performance.now() - began;
  }
}
