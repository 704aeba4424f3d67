import type { Socket, SocketHandler } from "bun";
import type { SeatSocket } from "./seat.ts";

/** For the last bytes to leave. */
const CUT_MS = 1000;

/** A connection of Bun's as a byte stream. What arrives before `onData` is held: one read's worth, for the socket is paused meanwhile. */
export class SocketStream implements SeatSocket {
  raw: Socket | undefined;
  readonly closed: Promise<void>;
  readonly #finish: () => void;
  #take: ((bytes: Uint8Array) => void) | undefined;
  #go: (() => void) | undefined;
  #held: Uint8Array[] = [];
  #done = false;
  #cut: Timer | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#finish = resolve;
  }

  /** What Bun's socket calls. */
  get handler(): SocketHandler<undefined> {
    return {
      open: (raw) => {
        this.raw = raw;
      },
      data: (_raw, bytes) => this.arrived(bytes),
      drain: () => this.#go?.(),
      close: () => this.ended(),
      error: () => this.close(),
    };
  }

  onData(take: (bytes: Uint8Array) => void): void {
    this.#take = take;
    for (const bytes of this.#held.splice(0)) take(bytes);
    if (!this.#done) this.raw?.resume();
  }

  onDrain(go: () => void): void {
    this.#go = go;
  }

  write(bytes: Uint8Array): number {
    if (this.#done || !this.raw) return 0;
    return Math.max(0, this.raw.write(bytes));
  }

  /** The other side reads an end, and goes on telling. */
  endWriting(): void {
    if (!this.#done) this.raw?.shutdown();
  }

  pause(): void {
    if (!this.#done) this.raw?.pause();
  }

  resume(): void {
    if (!this.#done) this.raw?.resume();
  }

  close(): void {
    if (this.#done) return;
    this.raw?.end();
    // The other side may never answer the end.
    this.#cut ??= setTimeout(() => this.#done || this.raw?.terminate(), CUT_MS);
    this.#cut.unref();
  }

  arrived(bytes: Uint8Array): void {
    if (this.#take) this.#take(bytes);
    else {
      // The socket's buffer is reused after this call.
      this.#held.push(bytes.slice());
      this.raw?.pause();
    }
  }

  ended(): void {
    this.#done = true;
    clearTimeout(this.#cut);
    this.#finish();
  }
}
