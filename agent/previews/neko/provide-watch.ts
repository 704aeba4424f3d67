/** neko answers a request within 90 ms, on a busy machine in a second or two; one that hangs never does. */
const PROVIDE_MS = 8000;

/** Whether neko answers what a viewer asked for. */
export class ProvideWatch {
  readonly #missing: () => void;
  readonly #ms: number;
  #timer: Timer | undefined;

  /** @param missing called when an answer doesn't come */
  constructor(missing: () => void, ms = PROVIDE_MS) {
    this.#missing = missing;
    this.#ms = ms;
  }

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  asked(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#missing();
    }, this.#ms);
  }

  over(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
