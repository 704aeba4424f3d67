import { CLOSE } from "../contract/close.ts";
import type { Peer } from "../contract/peer.ts";
import type { AgentFrame } from "../contract/terminal.ts";

/** What a program prints within one turn of the loop goes out as one frame of at most this size. */
const FRAME_LIMIT = 64 * 1024;

/** What may still come after `pause`: what the kernel's terminal and one read held. More means that pausing doesn't work: cut. */
const HELD_LIMIT = 512 * 1024;

/** What `Outflow` needs of a terminal. */
export interface Tap {
  pause(): void;
  resume(): void;
}

/**
 * From a terminal to a socket, no faster than the socket is read: the program is held back, the agent keeps a constant amount.
 * Notes (acknowledgement, number of viewers, pong) are values, not events: of each kind only the last one is sent.
 */
export class Outflow {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #notes = new Map<AgentFrame["type"], AgentFrame>();
  #behind = false;
  #due = false;
  #last: (() => void) | undefined;
  #over = false;

  constructor(
    private readonly peer: Peer,
    private readonly tap: Tap,
    private readonly encode: (bytes: Uint8Array) => string | Uint8Array,
  ) {}

  /** Output of the terminal, as it comes. */
  take(bytes: Uint8Array) {
    if (this.#over) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > HELD_LIMIT) return this.#giveUp();
    if (this.#heldBytes >= FRAME_LIMIT) this.#flush();
    else this.#flushSoon();
  }

  /** Says `frame` with the next flush, in place of an older one of its type. */
  note(frame: AgentFrame): void {
    this.#notes.set(frame.type, frame);
    this.#flushSoon();
  }

  /** The socket took everything. */
  drain(): void {
    if (!this.#behind || this.#over) return;
    this.#behind = false;
    this.#flush();
    if (!this.#behind) this.tap.resume();
  }

  /** The terminal is over: after what it printed last, `say` is called once. */
  finish(say: () => void): void {
    this.#last = say;
    this.#flush();
  }

  /** Nothing more is sent, nothing is kept. */
  stop(): void {
    this.#over = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#notes.clear();
  }

  // After the reads of this turn and before the loop waits: a lone keystroke's echo waits for nothing.
  #flushSoon(): void {
    if (this.#due || this.#behind) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#over || this.#behind) return;
    if (this.#heldBytes > 0) this.#send(this.encode(this.#together()));
    for (const [type, frame] of this.#notes) {
      if (this.#behind) return;
      this.#notes.delete(type);
      this.#send(JSON.stringify(frame));
    }
    if (this.#behind || !this.#last) return;
    this.stop();
    this.#last();
  }

  #send(frame: string | Uint8Array) {
    if (frame.length === 0 || this.#over) return;
    const sent = this.peer.send(frame);
    if (sent === 0) return this.#giveUp();
    if (sent > 0) return;
    this.#behind = true;
    this.tap.pause();
  }

  #together(): Uint8Array {
    const [only] = this.#held;
    const all = this.#held.length === 1 && only ? only : Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }

  #giveUp(): void {
    this.stop();
    this.peer.close(CLOSE.TOO_SLOW, "this page read too slowly");
  }
}
