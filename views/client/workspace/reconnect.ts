import { CLOSE, FINAL } from "../../../agent/contract/close.ts";
import type { Gate } from "./seat/gate.ts";

/** Back-off doubles from the first to the last of these; a whole class comes back at once, so each page waits a random part of it. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** Waiting times between attempts: each a random part of a growing limit. */
export function backoff(): { next(): number; reset(): void } {
  let limit = FIRST_WAIT_MS;
  return {
    next() {
      const wait = Math.random() * limit;
      limit = Math.min(LONGEST_WAIT_MS, limit * 2);
      return wait;
    },
    reset() {
      limit = FIRST_WAIT_MS;
    },
  };
}

/** A connection that lasted this long was a good one: after it, waiting starts small again. */
const GOOD_MS = 5000;

/** No answer at all for this long after something that has one: the line is dead, whatever the browser believes. */
const DEAD_MS = 3000;

/** Opening a socket through a network that swallows packets never fails by itself. */
const OPENING_MS = 10_000;

/** With nothing received for this long, `probe` asks whether anybody is there. */
const QUIET_MS = 15_000;

export type LinkState = "connecting" | "connected" | "reconnecting" | "ended" | "replaced" | "closed";

export interface LinkOptions {
  /** Absolute, or a path of this page's origin. */
  url: string;
  protocols?: string[];
  onMessage(data: string | ArrayBuffer): void;
  /** Opened, each time; before `connected` when `handshake` is set. */
  onOpen?(): void;
  onState?(state: LinkState): void;
  /** Connected means more than opened: the owner says so by `ready()`. */
  handshake?: boolean;
  /**
   * Sends something that is answered at once, or says `false` while there is nothing to ask. Without it, only what `expect()` was called
   * for shows that a line is dead.
   */
  probe?(): false | undefined;
  /** While it is shut nothing is tried: what is lost comes back when it opens. */
  gate?: Gate;
  /** The agent closed it, says why, and is asked again: a sentence for people. */
  onHeldBack?(why: string): void;
  /** The agent closed it for good because another way is open, and says why: a sentence for people. */
  onOtherWay?(why: string): void;
  /** An attempt failed without ever opening, for the n-th time in a row: the place to ask whether one is still welcome. */
  onRefused?(attempts: number): void;
}

export interface Link {
  readonly state: LinkState;
  /** False when there is no open socket; nothing is kept. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean;
  /** What was just sent has an answer: if nothing at all comes, the line counts as dead. */
  expect(): void;
  ready(): void;
  /** Tries at once, if it isn't connected; asks, if it is. */
  retryNow(): void;
  /** Cuts this connection and makes a new one. */
  renew(): void;
  close(): void;
}

/** A WebSocket that comes back by itself until the agent says for good that it is over (`FINAL`). */
export function openLink(options: LinkOptions): Link {
  return new Reconnecting(options);
}

class Reconnecting implements Link {
  state: LinkState = "connecting";
  readonly #options: LinkOptions;
  readonly #away = new AbortController();
  #socket: WebSocket | undefined;
  readonly #wait = backoff();
  #refused = 0;
  #openedAt = 0;
  #retry: Timeout;
  #opening: Timeout;
  #dead: Timeout;
  #quiet: Timeout;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#listen();
    this.#open();
  }

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  expect(): void {
    this.#dead ??= setTimeout(() => this.renew(), DEAD_MS);
  }

  ready(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#become("connected");
  }

  retryNow(): void {
    if (this.#over() || this.#isShut() || this.#socket?.readyState === WebSocket.CONNECTING) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask();
    else this.#open();
  }

  renew(): void {
    if (this.#over()) return;
    this.#drop();
    this.#lost();
  }

  close(): void {
    if (!this.#over()) this.#become("closed");
    this.#finish();
  }

  #isShut(): boolean {
    return this.#options.gate?.isOpen === false;
  }

  /** What was lost while the gate was shut; the waits that were drawn before are over. */
  #goOn(): void {
    if (this.#over() || this.#socket) return;
    this.#wait.reset();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), this.#wait.next());
  }

  #over(): boolean {
    return this.state === "ended" || this.state === "replaced" || this.state === "closed";
  }

  // The machine woke up or has a network again: the wait that was drawn for a broken one is over.
  #listen(): void {
    const { signal } = this.#away;
    this.#options.gate?.onOpen(() => this.#goOn(), signal);
    globalThis.addEventListener?.("online", () => this.retryNow(), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.retryNow(), {
      signal,
    });
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#drop();
    if (this.#isShut()) return;
    const socket = new WebSocket(absolute(this.#options.url), this.#options.protocols ?? []);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#opening = setTimeout(() => this.renew(), OPENING_MS);
    const mine = (act: () => void) => () => void (socket === this.#socket && act());
    socket.onopen = mine(() => this.#opened());
    socket.onmessage = ({ data }) => mine(() => this.#message(data))();
    socket.onclose = ({ code, reason }) => mine(() => this.#closed(code, reason))();
  }

  #opened(): void {
    clearTimeout(this.#opening);
    this.#refused = 0;
    this.#openedAt = performance.now();
    if (this.#options.handshake) this.expect();
    this.#options.onOpen?.();
    if (!this.#options.handshake) this.ready();
    this.#hear();
  }

  #message(data: string | ArrayBuffer): void {
    clearTimeout(this.#dead);
    this.#dead = undefined;
    this.#hear();
    this.#options.onMessage(data);
  }

  #hear(): void {
    if (!this.#options.probe) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#ask(), QUIET_MS);
  }

  #ask(): void {
    if (!this.#options.probe || this.#socket?.readyState !== WebSocket.OPEN) return;
    if (this.#options.probe() !== false) this.expect();
    this.#hear();
  }

  #closed(code: number, reason: string) {
    const opened = this.#openedAt > 0;
    this.#drop();
    if (FINAL.includes(code)) return this.#end(code);
    if (code === CLOSE.OTHER_WAY && this.#options.onOtherWay) return this.#leave(reason);
    if (!opened) this.#options.onRefused?.(++this.#refused);
    this.#lost();
    if ((code === CLOSE.NOT_READY || code === CLOSE.TOO_MANY) && reason) this.#options.onHeldBack?.(reason);
  }

  #lost(): void {
    if (this.#over()) return;
    this.#become("reconnecting");
    if (this.#isShut()) return;
    this.#retry = setTimeout(() => this.#open(), this.#wait.next());
  }

  #end(code: number): void {
    this.#become(code === CLOSE.ENDED ? "ended" : "replaced");
    this.#finish();
  }

  #leave(why: string): void {
    this.close();
    this.#options.onOtherWay?.(why);
  }

  #finish(): void {
    this.#away.abort();
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Lets go of this socket: nothing of it is heard any more. */
  #drop(): void {
    for (const timer of [this.#opening, this.#dead, this.#quiet]) clearTimeout(timer);
    this.#dead = undefined;
    if (this.#openedAt > 0 && performance.now() - this.#openedAt > GOOD_MS) this.#wait.reset();
    this.#openedAt = 0;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState?.(state);
  }
}

type Timeout = ReturnType<typeof setTimeout> | undefined;

/** Browsers of 2023 and before take no relative address and no http: in it. */
function absolute(url: string): string {
  return new URL(url, globalThis.location?.href).href.replace(/^http/, "ws");
}
