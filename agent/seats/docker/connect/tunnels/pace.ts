/** What all programs of one seat may ask in a window: a signature costs the operator's agent time. That is a login to as many hosts in it. */
export const QUESTIONS = 50;
export const WINDOW_MS = 1000;

/** Who asks more waits until the window is over. */
export class Pace {
  #room = QUESTIONS;
  #since = 0;

  /** @returns for how long, in ms; 0: this one is counted, and may be asked */
  wait(): number {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) [this.#room, this.#since] = [QUESTIONS, now];
    if (this.#room === 0) return Math.ceil(this.#since + WINDOW_MS - now);
    this.#room--;
    return 0;
  }
}
