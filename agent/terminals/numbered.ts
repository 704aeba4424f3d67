import { type ClientFrame, decodeInput, parseClientFrame } from "../contract/terminal.ts";
import type { Viewer, Wire } from "./viewer.ts";

/** A page says hello as soon as its socket is open. */
const HELLO_MS = 10_000;

/** One acknowledgement for all keys of this time; far below the 3 s after which a page doubts the line. */
const ACK_MS = 20;

/** What this wire needs of the room around it. */
export interface Desk {
  /** This page is here now; another socket of it is over. Resolves when what was typed there is with the shell. */
  arrive(viewer: Viewer, client: string): Promise<void>;
  count(): number;
  taken(client: string): number;
  take(client: string, seq: number): void;
}

/** `clarateach.v1`: binary output as is, numbered input taken once. */
export class NumberedWire implements Wire {
  readonly #viewer: Viewer;
  readonly #desk: Desk;
  readonly #hello: Timer;
  #client: string | undefined;
  #welcomed = false;
  #taken = 0;
  /** Input of this socket so far: from its first number on there are no gaps. */
  #any = false;
  #acking: Timer | undefined;

  constructor(viewer: Viewer, desk: Desk) {
    this.#viewer = viewer;
    this.#desk = desk;
    this.#hello = setTimeout(() => viewer.badFrame("no hello came"), HELLO_MS);
  }

  message(data: string | Uint8Array) {
    if (typeof data !== "string") return this.#input(data);
    const frame = parseClientFrame(data);
    if (!frame || frame.type === "input") return this.#viewer.badFrame("text frames are hello, resize or ping");
    this.#control(frame);
  }

  encode(output: Uint8Array): Uint8Array {
    return output;
  }

  attached(): void {
    this.#taken = this.#client ? this.#desk.taken(this.#client) : 0;
    this.#welcomed = true;
    this.#viewer.say({ type: "welcome", taken: this.#taken, viewers: this.#desk.count() });
  }

  viewers(count: number): void {
    if (this.#welcomed) this.#viewer.note({ type: "viewers", count });
  }

  closed(): void {
    clearTimeout(this.#hello);
    clearTimeout(this.#acking);
  }

  #control(frame: Exclude<ClientFrame, { type: "input" }>) {
    if (frame.type === "ping") return this.#viewer.note({ type: "pong" });
    if (frame.type === "resize") return this.#viewer.resize({ cols: frame.cols, rows: frame.rows });
    if (this.#client) return this.#viewer.badFrame("hello came twice");
    clearTimeout(this.#hello);
    this.#client = frame.client;
    const size = { cols: frame.cols, rows: frame.rows };
    void this.#desk.arrive(this.#viewer, frame.client).then(() => this.#viewer.attach(size));
  }

  #input(data: Uint8Array) {
    const input = decodeInput(data);
    if (!input || !this.#welcomed || !this.#client)
      return this.#viewer.badFrame("input is a number and at most 16 KiB, after welcome");
    // The first number may lie above `taken + 1`: this agent's memory can be younger than the page (a repaired machine).
    if (this.#any && input.seq > this.#taken + 1) return this.#viewer.badFrame(`input ${input.seq} came after ${this.#taken}`);
    this.#any = true;
    if (input.seq > this.#taken) this.#take(this.#client, input.seq, input.bytes);
    this.#acking ??= setTimeout(() => this.#ack(), ACK_MS);
  }

  #take(client: string, seq: number, bytes: Uint8Array): void {
    this.#taken = seq;
    this.#viewer.type(bytes);
    this.#desk.take(client, seq);
  }

  #ack(): void {
    this.#acking = undefined;
    this.#viewer.note({ type: "ack", seq: this.#taken });
  }
}
