import { CLOSE } from "../contract/close.ts";
import { Problem } from "../contract/errors.ts";
import type { Peer, PeerHandler } from "../contract/peer.ts";
import type { AgentFrame } from "../contract/terminal.ts";
import type { Pty, Size } from "../seats/seat.ts";
import { Attachment } from "./attachment.ts";
import { Outflow } from "./outflow.ts";
import type { Heard, Wire } from "./wire.ts";

/** A page says hello as soon as its socket is open. */
const HELLO_MS = 10_000;

/** One acknowledgement for all keys of this time; far below the 3 s after which a page doubts the line. */
const ACK_MS = 20;

/** Pages know more of it, by the seat's news. */
const AWAY = "The programs of your seat have ended. A new shell comes by itself.";

/** What a plain client may send before its terminal is there. */
const EARLY_LIMIT = 64 * 1024;

/** One terminal and all pages that look into its seat, as one of their viewers needs them. */
export interface SeatPages {
  attach(size: Size): Promise<Pty>;
  /** This page is here now; another socket of it is over. Resolves when what was typed there is with the shell. */
  arrive(client: string): Promise<void>;
  /** Pages that show the seat. */
  count(): number;
  /** A program of the seat uses its browser. */
  driven(): boolean;
  /** Its shells can be reached; else what ends now isn't the learner's doing. */
  isOpen(): boolean;
  /** Another one when its shells have ended meanwhile. */
  life(): string | undefined;
  /** The last number taken from a page. */
  taken(client: string): number;
  take(client: string, seq: number): void;
  /** The session ended, or let go of this viewer. */
  exited(): void;
  /** Called once, when the viewer is over. */
  left(leaving: Leaving): void;
}

export interface Leaving {
  /** All that was typed is out of the agent's hands. */
  flushed: Promise<void>;
  /** The terminal is closed too. */
  done: Promise<void>;
}

/** One socket's look into a seat. It follows the socket's pace in both directions and leaves the session alone when it goes. */
export class Viewer implements PeerHandler {
  readonly #peer: Peer;
  readonly #wire: Wire;
  readonly #pages: SeatPages;
  readonly #hello: Timer | undefined;
  #client: string | undefined;
  #attachment: Attachment | undefined;
  #out: Outflow | undefined;
  /** Before the terminal is there. */
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #size: Size | undefined;
  #acking: Timer | undefined;
  #taken = 0;
  #over = false;

  constructor(peer: Peer, wire: Wire, pages: SeatPages) {
    this.#peer = peer;
    this.#wire = wire;
    this.#pages = pages;
    const { opensIn } = wire;
    if (opensIn) queueMicrotask(() => void this.#attach(opensIn));
    else this.#hello = setTimeout(() => this.#refuse("no hello came"), HELLO_MS);
  }

  message(data: string | Uint8Array): void {
    if (!this.#over) this.#act(this.#wire.hear(data));
  }

  drain(): void {
    this.#out?.drain();
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#hello);
    clearTimeout(this.#acking);
    this.#out?.stop();
    this.#early = [];
    const flushed = this.#attachment?.flush() ?? Promise.resolve();
    this.#pages.left({ flushed, done: this.#attachment?.release(flushed) ?? flushed });
  }

  /** Others came or went. */
  viewers(count: number): void {
    const frame = this.#over ? undefined : this.#wire.viewers(count);
    if (frame) this.#note(frame);
  }

  /** The seat's terminals changed. */
  terminals(): void {
    const frame = this.#over ? undefined : this.#wire.terminals();
    if (frame) this.#note(frame);
  }

  /** A program of the seat uses its browser. */
  driven(): void {
    const frame = this.#over ? undefined : this.#wire.driven();
    if (frame) this.#note(frame);
  }

  cut(code: number, reason: string): void {
    if (this.#over) return;
    this.close();
    this.#peer.close(code, reason);
  }

  #act(heard: Heard) {
    switch (heard.type) {
      case "bad":
        return this.#refuse(heard.why);
      case "ping":
        return this.#note({ type: "pong" });
      case "resize":
        return this.#resize(heard.size);
      case "hello":
        return void this.#enter(heard.client, heard.size);
      case "again":
        return this.#acknowledge(heard.seq);
      case "input":
        this.#type(heard.bytes);
        if (heard.seq !== undefined) this.#take(heard.seq);
    }
  }

  async #enter(client: string, size: Size): Promise<void> {
    clearTimeout(this.#hello);
    this.#client = client;
    await this.#pages.arrive(client);
    await this.#attach(size);
  }

  /** Opens the terminal; nothing is read from the page until it is there. */
  async #attach(size: Size): Promise<void> {
    if (this.#over) return;
    this.#peer.pause();
    let pty: Pty;
    try {
      pty = await this.#pages.attach(size);
    } catch (error) {
      return this.cut(CLOSE.NOT_READY, error instanceof Problem ? error.message : "the terminal could not be opened");
    }
    if (this.#over) return pty.close();
    this.#begin(pty, new Attachment(pty, size, this.#peer));
  }

  #begin(pty: Pty, attachment: Attachment): void {
    const out = new Outflow(this.#peer, pty, (bytes) => this.#wire.encode(bytes));
    [this.#attachment, this.#out] = [attachment, out];
    const taken = this.#client ? this.#pages.taken(this.#client) : 0;
    const welcome = this.#wire.welcome(taken, this.#pages.count(), this.#pages.life());
    if (welcome) this.#say(welcome);
    if (this.#pages.driven()) this.driven();
    pty.onData((bytes) => out.take(bytes));
    void pty.exited.then(() => this.#exited(out));
    for (const bytes of this.#early.splice(0)) attachment.type(bytes);
    if (this.#size) attachment.resize(this.#size);
    attachment.listen();
  }

  #type(bytes: Uint8Array) {
    if (this.#attachment) return this.#attachment.type(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > EARLY_LIMIT) return this.#refuse("more input than fits before the terminal is open");
    this.#early.push(bytes.slice());
  }

  #resize(size: Size): void {
    this.#size = size;
    this.#attachment?.resize(size);
  }

  #take(seq: number): void {
    if (this.#client) this.#pages.take(this.#client, seq);
    this.#acknowledge(seq);
  }

  #acknowledge(seq: number): void {
    this.#taken = seq;
    this.#acking ??= setTimeout(() => {
      this.#acking = undefined;
      this.#note({ type: "ack", seq: this.#taken });
    }, ACK_MS);
  }

  /** Sends now, before anything else: for what comes first or last. */
  #say(frame: AgentFrame): void {
    this.#peer.send(JSON.stringify(frame));
  }

  /** Sends it with the next output. */
  #note(frame: AgentFrame): void {
    if (!this.#over) this.#out?.note(frame);
  }

  #refuse(why: string): void {
    this.cut(CLOSE.BAD_FRAME, why);
  }

  #exited(out: Outflow): void {
    if (this.#over) return;
    this.#pages.exited();
    if (this.#pages.isOpen())
      out.finish(() => {
        this.#say({ type: "exit" });
        this.cut(1000, "the shell ended");
      });
    else this.cut(CLOSE.NOT_READY, AWAY);
  }
}
