import { type AgentFrame, type ClientFrame, TERMINAL_V1 } from "../../../../agent/contract/terminal.ts";
import { type Link, type LinkState, openLink } from "../reconnect.ts";
import type { Gate } from "../seat/gate.ts";
import { Outbox } from "./outbox.ts";

/** `exited`: the shell ended; `again` makes a new one. */
export type TerminalState = LinkState | "exited";

export interface LineOptions {
  /** Of the WebSocket; a path or an address. */
  url: string;
  /** This page's name for itself, the same for all its terminals. */
  client?: string;
  size: { cols: number; rows: number };
  /** `fresh`: the first of a connection; the whole screen is painted anew. */
  onOutput(bytes: Uint8Array, fresh: boolean): void;
  onState(state: TerminalState): void;
  /** How many pages look at this seat, this one included. */
  onViewers(count: number): void;
  /** Shut while the seat has no shells. */
  gate?: Gate;
  /** The shell is another one than that for which this was typed: nothing of it was sent. */
  onDropped?(typed: Uint8Array): void;
  /** The seat's terminals changed. */
  onTerminals?(): void;
  /** A program of the seat uses its browser. */
  onDriven?(): void;
  onRefused?(attempts: number): void;
  onHeldBack?(why: string): void;
}

/** The page's end of `clarateach.v1`: what is typed arrives once, whatever the network does. */
export class TerminalLine {
  readonly #options: LineOptions;
  readonly #client: string;
  readonly #outbox = new Outbox();
  #link: Link;
  #size: { cols: number; rows: number };
  #sentSize: { cols: number; rows: number } | undefined;
  #welcomed = false;
  #fresh = true;
  #exited = false;
  /** Of the seat when it welcomed this line last. */
  #life: string | undefined;
  /** Something was typed while there was no shell. */
  #stale = false;
  readonly #away = new AbortController();

  constructor(options: LineOptions) {
    this.#options = options;
    options.gate?.onOpen(() => this.again(), this.#away.signal);
    this.#client = options.client ?? newClientId();
    this.#size = options.size;
    this.#link = this.#open();
  }

  get exited(): boolean {
    return this.#exited;
  }

  /** False: more is waiting than may wait; nothing of it was taken. @param passing an answer to the program, worthless after a cut */
  type(bytes: Uint8Array, passing = false): boolean {
    if (passing && !this.#welcomed) return true;
    if (!this.#outbox.add(bytes, passing)) return false;
    if (this.#options.gate?.isOpen === false) this.#stale = true;
    this.#push();
    return true;
  }

  resize(size: { cols: number; rows: number }): void {
    this.#size = size;
    if (this.#welcomed) this.#tellSize();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  /** A new shell after one that ended. */
  again(): void {
    if (!this.#exited) return;
    this.#exited = false;
    this.#options.onState("connecting");
    this.#link = this.#open();
  }

  close(): void {
    this.#away.abort();
    this.#link.close();
  }

  #open(): Link {
    return openLink({
      url: this.#options.url,
      protocols: [TERMINAL_V1],
      handshake: true,
      onOpen: () => this.#hello(),
      onMessage: (data) =>
        typeof data === "string" ? this.#frame(JSON.parse(data) as AgentFrame) : this.#output(new Uint8Array(data)),
      onState: (state) => this.#state(state),
      probe: () => void this.#say({ type: "ping" }),
      ...(this.#options.gate ? { gate: this.#options.gate } : {}),
      ...(this.#options.onRefused ? { onRefused: this.#options.onRefused } : {}),
      ...(this.#options.onHeldBack ? { onHeldBack: this.#options.onHeldBack } : {}),
    });
  }

  #hello(): void {
    this.#welcomed = false;
    this.#fresh = true;
    this.#sentSize = this.#size;
    this.#say({ type: "hello", client: this.#client, ...this.#size });
  }

  #frame(frame: AgentFrame): void {
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "ack") this.#outbox.acked(frame.seq);
    else if (frame.type === "viewers") this.#options.onViewers(frame.count);
    else if (frame.type === "terminals") this.#options.onTerminals?.();
    else if (frame.type === "driven") this.#options.onDriven?.();
    else if (frame.type === "exit") this.#exit();
  }

  #welcome({ taken, viewers, life }: Extract<AgentFrame, { type: "welcome" }>): void {
    this.#outbox.welcomed(taken);
    const isOther = life !== undefined && this.#life !== undefined && life !== this.#life;
    if (isOther || this.#stale) this.#drop();
    this.#life = life ?? this.#life;
    this.#stale = false;
    this.#welcomed = true;
    this.#link.ready();
    this.#options.onViewers(viewers);
    this.#tellSize();
    this.#push();
  }

  #drop(): void {
    const typed = this.#outbox.drop();
    if (typed.length > 0) this.#options.onDropped?.(typed);
  }

  #output(bytes: Uint8Array): void {
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#options.onOutput(bytes, fresh);
  }

  #exit(): void {
    this.#exited = true;
    this.#welcomed = false;
    this.#link.close();
    this.#options.onState("exited");
  }

  #state(state: LinkState): void {
    if (state !== "connected") this.#welcomed = false;
    // After an exit the link is closed on purpose; that is no news.
    if (!this.#exited) this.#options.onState(state);
  }

  #push(): void {
    if (!this.#welcomed) return;
    const frames = this.#outbox.unsent();
    for (const frame of frames) this.#link.send(frame);
    if (frames.length > 0) this.#link.expect();
  }

  #tellSize(): void {
    if (this.#sentSize?.cols === this.#size.cols && this.#sentSize.rows === this.#size.rows) return;
    this.#sentSize = this.#size;
    this.#say({ type: "resize", ...this.#size });
  }

  #say(frame: ClientFrame): void {
    this.#link.send(JSON.stringify(frame));
  }
}

/** A page's name for itself, new at each load. */
export function newClientId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
