/** What is on its way before the sender has to wait: half a second of a fast line. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The sockets at both ends, as Bun has them. */
export interface End {
  write(bytes: Uint8Array): number;
  end(): void;
  pause(): void;
  resume(): void;
}

/** One direction of a connection: each piece arrives as long after it was sent as the way takes, in order, and its end last of all. */
export class Delayed {
  #waiting: { bytes: Uint8Array; due: number }[] = [];
  #held = 0;
  #isOver = false;
  #timer: Timer | undefined;

  /** @param delayMs of this way alone */
  constructor(
    readonly from: End,
    readonly to: End,
    readonly delayMs: number,
  ) {}

  take(bytes: Uint8Array): void {
    this.#waiting.push({ bytes: bytes.slice(), due: performance.now() + this.delayMs });
    this.#held += bytes.length;
    if (this.#held > MOST_BYTES) this.from.pause();
    this.flush();
  }

  over(): void {
    this.#isOver = true;
    this.flush();
  }

  /** What has arrived by now goes out, as far as the receiver takes it; to be called again when it takes more. */
  flush(): void {
    for (let first = this.#waiting[0]; first && first.due <= performance.now(); first = this.#waiting[0]) {
      const taken = Math.max(0, this.to.write(first.bytes));
      this.#held -= taken;
      if (taken < first.bytes.length) {
        first.bytes = first.bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#held <= MOST_BYTES / 2) this.from.resume();
    if (this.#waiting[0]) this.#wake(this.#waiting[0].due);
    else if (this.#isOver) this.to.end();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #wake(due: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), Math.ceil(due - performance.now()));
  }
}
