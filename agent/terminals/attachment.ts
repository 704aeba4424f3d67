import type { Peer } from "../contract/peer.ts";
import type { Pty, Size } from "../seats/seat.ts";

/** A window dragged by its corner resizes sixty times a second; every program in the session would draw itself as often. */
const RESIZE_MS = 50;

/** What was typed just before a cut is in the kernel's terminal until tmux reads it; closing at once would throw it away. */
const LINGER_MS = 1000;

/** How long a program that isn't reading may hold up the end of its viewer. */
const DRAIN_MS = 5000;

/** A tmux client of a seat's session, no faster than its program reads: the page is held back meanwhile. */
export class Attachment {
  readonly #pty: Pty;
  readonly #peer: Pick<Peer, "pause" | "resume">;
  #size: Size;
  #resizing: Timer | undefined;
  #typedAt = Number.NEGATIVE_INFINITY;
  #undrained = 0;
  #over = false;

  /** @param size that it was opened in @param peer paused */
  constructor(pty: Pty, size: Size, peer: Pick<Peer, "pause" | "resume">) {
    this.#pty = pty;
    this.#size = size;
    this.#peer = peer;
  }

  /** Hears the page, unless what it typed already is more than the program reads. */
  listen(): void {
    if (this.#undrained === 0 && !this.#over) this.#peer.resume();
  }

  type(bytes: Uint8Array): void {
    this.#typedAt = performance.now();
    if (!this.#pty.write(bytes)) this.#holdBack(this.#pty.drained);
  }

  /** Of many in a row the first one and the last. */
  resize(size: Size): void {
    const isNew = size.cols !== this.#size.cols || size.rows !== this.#size.rows;
    this.#size = size;
    if (this.#resizing || !isNew) return;
    this.#pty.resize(size);
    this.#resizing = setTimeout(() => {
      this.#resizing = undefined;
      const last = this.#size;
      this.#size = size;
      this.resize(last);
    }, RESIZE_MS);
  }

  /** Nothing more is typed or resized. Resolves when all that was typed is out of the agent's hands. */
  async flush(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#resizing);
    await Promise.race([this.#pty.drained, this.#pty.exited, Bun.sleep(DRAIN_MS)]);
  }

  /** Closes the terminal; the session stays. @param flushed what `flush` answered */
  async release(flushed: Promise<void>): Promise<void> {
    await flushed;
    const wait = LINGER_MS - (performance.now() - this.#typedAt);
    if (wait > 0) await Promise.race([this.#pty.exited, Bun.sleep(wait)]);
    this.#pty.close();
  }

  // A page that is held back may still have pieces on the way; each of them is waited for.
  #holdBack(drained: Promise<void>): void {
    this.#undrained++;
    this.#peer.pause();
    void drained.then(() => {
      this.#undrained--;
      this.listen();
    });
  }
}
