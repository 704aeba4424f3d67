export interface Lag {
  /** Between two turns of the loop, in milliseconds: also what a busy machine took. */
  gap: number;
  /** For which the loop's own thread worked in one gap. */
  held: number;
}

/** The longest turn of the event loop while it runs. */
export class LagProbe {
  #longest: Lag = { gap: 0, held: 0 };
  #last = performance.now();
  #worked = worked();
  readonly #timer = setInterval(() => this.#tick(), 1);

  /** Call it last. */
  end(): Lag {
    this.#tick();
    clearInterval(this.#timer);
    return this.#longest;
  }

  #tick(): void {
    const [now, nowWorked] = [performance.now(), worked()];
    const { gap, held } = this.#longest;
    this.#longest = { gap: Math.max(gap, now - this.#last), held: Math.max(held, nowWorked - this.#worked) };
    [this.#last, this.#worked] = [now, nowWorked];
  }
}

function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
