/** How long the event loop was held at most, while it runs. */
export class LagProbe {
  #longest = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => this.#tick(), 1);

  /** Milliseconds; call it last. */
  end(): number {
    this.#tick();
    clearInterval(this.#timer);
    return this.#longest;
  }

  #tick(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}
