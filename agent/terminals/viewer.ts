import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { AgentFrame } from "../contract/terminal.ts";
import type { Pty, SeatHandle, Size } from "../seats/seat.ts";
import { Outflow } from "./outflow.ts";

/** A window dragged by its corner resizes sixty times a second; every program in the session would draw itself as often. */
const RESIZE_MS = 50;

/** What was typed just before a cut is in the kernel's terminal until tmux reads it; closing at once would throw it away. */
const LINGER_MS = 1000;

/** How long a program that isn't reading may hold up the end of its viewer. */
const DRAIN_MS = 5000;

/** What a plain client may send before its terminal is there. */
const EARLY_LIMIT = 64 * 1024;

/** One way to speak with a page: text of the seeds, or `clarateach.v1`. */
export interface Wire {
  message(data: string | Uint8Array): void;
  encode(output: Uint8Array): string | Uint8Array;
  /** The terminal is there; before its first output. */
  attached(): void;
  viewers(count: number): void;
  closed(): void;
}

export interface Leaving {
  /** All that was typed is out of the agent's hands. */
  flushed: Promise<void>;
  /** The terminal is closed too. */
  done: Promise<void>;
}

/**
 * One socket's look into a seat: a tmux client of its own. It follows the socket's pace in both directions and leaves the session
 * alone when it goes.
 */
export class Viewer implements PeerHandler {
  readonly #seat: SeatHandle;
  readonly #peer: Peer;
  readonly #wire: Wire;
  readonly #left: (leaving: Leaving) => void;
  #pty: Pty | undefined;
  #out: Outflow | undefined;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #wanted: Size | undefined;
  #resizing: Timer | undefined;
  #typedAt = Number.NEGATIVE_INFINITY;
  #undrained = 0;
  #over = false;

  /** @param left called once, when this viewer is over */
  constructor(seat: SeatHandle, peer: Peer, wire: (viewer: Viewer) => Wire, left: (leaving: Leaving) => void) {
    this.#seat = seat;
    this.#peer = peer;
    this.#wire = wire(this);
    this.#left = left;
  }

  message(data: string | Uint8Array): void {
    if (!this.#over) this.#wire.message(data);
  }

  drain(): void {
    this.#out?.drain();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#resizing);
    this.#wire.closed();
    this.#out?.stop();
    this.#early = [];
    const flushed = this.#flush();
    this.#left({ flushed, done: this.#release(flushed) });
  }

  /** Opens the terminal; nothing is read from the page until it is there. */
  async attach(size: Size): Promise<void> {
    if (this.#over) return;
    this.#wanted ??= size;
    this.#peer.pause();
    let pty: Pty;
    try {
      pty = await this.#seat.attach(size);
    } catch (error) {
      return this.cut(CLOSE.NOT_READY, error instanceof Problem ? error.message : "the terminal could not be opened");
    }
    if (this.#over) return pty.close();
    this.#begin(pty, size);
  }

  #begin(pty: Pty, size: Size): void {
    this.#pty = pty;
    const out = new Outflow(this.#peer, pty, (bytes) => this.#wire.encode(bytes));
    this.#out = out;
    this.#wire.attached();
    pty.onData((bytes) => out.take(bytes));
    void pty.exited.then(() => this.#exited(out));
    for (const bytes of this.#early.splice(0)) this.type(bytes);
    if (this.#wanted && this.#wanted !== size) this.resize(this.#wanted);
    if (this.#undrained === 0) this.#peer.resume();
  }

  /** Gives bytes to the shell; the page is held back while the program isn't reading. */
  type(bytes: Uint8Array) {
    if (!this.#pty) return this.#keep(bytes);
    this.#typedAt = performance.now();
    if (!this.#pty.write(bytes)) this.#holdBack(this.#pty.drained);
  }

  resize(size: Size): void {
    this.#wanted = size;
    if (!this.#pty || this.#resizing) return;
    this.#pty.resize(size);
    this.#resizing = setTimeout(() => {
      this.#resizing = undefined;
      if (this.#wanted && this.#wanted !== size) this.resize(this.#wanted);
    }, RESIZE_MS);
  }

  /** Sends now, before anything else: for what comes first. */
  say(frame: AgentFrame): void {
    this.#peer.send(JSON.stringify(frame));
  }

  /** Says it with the next output. */
  note(frame: AgentFrame): void {
    if (!this.#over) this.#out?.note(frame);
  }

  viewers(count: number): void {
    if (!this.#over) this.#wire.viewers(count);
  }

  badFrame(what: string): void {
    this.cut(CLOSE.BAD_FRAME, what);
  }

  cut(code: number, reason: string): void {
    if (this.#over) return;
    this.close();
    this.#peer.close(code, reason);
  }

  // A page that is held back may still have pieces on the way; each of them is waited for.
  #holdBack(drained: Promise<void>): void {
    this.#undrained++;
    this.#peer.pause();
    void drained.then(() => {
      if (--this.#undrained === 0 && !this.#over) this.#peer.resume();
    });
  }

  #keep(bytes: Uint8Array) {
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > EARLY_LIMIT) return this.badFrame("more input than fits before the terminal is open");
    this.#early.push(bytes.slice());
  }

  #exited(out: Outflow): void {
    if (this.#over) return;
    out.finish(() => {
      this.say({ type: "exit" });
      this.cut(1000, "the shell ended");
    });
  }

  async #flush(): Promise<void> {
    const pty = this.#pty;
    if (pty) await Promise.race([pty.drained, pty.exited, Bun.sleep(DRAIN_MS)]);
  }

  async #release(flushed: Promise<void>): Promise<void> {
    const pty = this.#pty;
    if (!pty) return;
    await flushed;
    const wait = LINGER_MS - (performance.now() - this.#typedAt);
    if (wait > 0) await Promise.race([pty.exited, Bun.sleep(wait)]);
    pty.close();
  }
}
