import type { ServerWebSocket, WebSocketHandler } from "bun";
import { CLOSE, isSendable } from "../contract/close.ts";
import { FRAME_LIMIT } from "../contract/frames.ts";
import { giveBack } from "./give-back.ts";

/** What may wait on its way to a machine before the browser is asked to pause, and when it may go on; so may a machine. */
const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = 256 * 1024;
/** The client's socket tells nobody that it drained. */
const DRAIN_LOOK_MS = 5;
/** One message may come after the machine was asked to pause. */
const BEHIND_LIMIT = 8 * 1024 * 1024;
/** A laptop that was shut is gone after this; the server pings in between. */
const IDLE_SECONDS = 60;

/** An agent on the same computer; one that hangs is no reason to keep a browser waiting. */
const OPEN_MS = 10_000;

/** Bun's client socket can more than its types say. */
export type MachineSocket = WebSocket & { pause(): void; resume(): void; terminate(): void };

/** One browser's socket and the machine's socket behind it, message by message, each side reading no faster than the other. */
export class Bridge {
  #browser: ServerWebSocket<Bridge> | undefined;
  /** What came with the handshake, before the browser was there. */
  #early: (string | Buffer)[] = [];
  #over: { code: number; reason: string } | undefined;
  #drain: Timer | undefined;

  /** @param machine just connecting  @param release called once, at the end */
  constructor(
    private readonly machine: MachineSocket,
    private readonly release: () => void,
  ) {
    (machine as { binaryType: string }).binaryType = "nodebuffer";
    machine.onmessage = ({ data }) => this.#down(data as string | Buffer);
    machine.onclose = ({ code, reason }) => this.#end(code, reason);
    machine.onerror = () => {};
  }

  /** Whether the machine took the socket. */
  async opened(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), OPEN_MS);
    this.machine.onopen = () => {
      this.machine.pause();
      resolve(true);
    };
    this.machine.onerror = () => resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
    return promise.finally(() => clearTimeout(timer));
  }

  /** The subprotocol that the machine chose; empty when none. */
  get protocol(): string {
    return this.machine.protocol;
  }

  open(browser: ServerWebSocket<Bridge>): void {
    this.#browser = browser;
    for (const message of this.#early.splice(0)) this.#down(message);
    if (this.#over) this.#end(this.#over.code, this.#over.reason);
    else this.machine.resume();
  }

  up(message: string | Buffer): void {
    if (this.machine.readyState !== WebSocket.OPEN) return;
    this.machine.send(message as Buffer<ArrayBuffer>);
    if (typeof message !== "string") giveBack(message as Buffer<ArrayBuffer>);
    if (this.machine.bufferedAmount <= HIGH_BYTES || this.#drain) return;
    this.#browser?.pause();
    this.#drain = setInterval(() => this.#goOn(), DRAIN_LOOK_MS);
  }

  drained(): void {
    this.machine.resume();
  }

  /** The browser left, or the upgrade came to nothing. */
  left(code: number, reason: string): void {
    this.#browser = undefined;
    clearInterval(this.#drain);
    this.release();
    this.machine.onclose = null;
    if (isSendable(code)) this.machine.close(code, reason);
    else this.machine.close(1001);
  }

  #down(message: string | Buffer): void {
    if (!this.#browser) {
      this.#early.push(message);
      return;
    }
    const sent = this.#browser.send(message);
    if (sent === -1) this.machine.pause();
    if (sent === 0 && message.length > 0) this.#browser.close(CLOSE.TOO_SLOW, "fell too far behind");
    if (typeof message !== "string") giveBack(message as Buffer<ArrayBuffer>);
  }

  #goOn(): void {
    if (this.machine.bufferedAmount > LOW_BYTES && this.machine.readyState === WebSocket.OPEN) return;
    clearInterval(this.#drain);
    this.#drain = undefined;
    this.#browser?.resume();
  }

  #end(code: number, reason: string): void {
    this.#over = { code, reason };
    if (!this.#browser) return;
    // A machine whose agent died says nothing: neither does the front, and the page comes back as it would without it.
    if (isSendable(code)) this.#browser.close(code, reason);
    else this.#browser.terminate();
  }
}

/** What Bun's server calls; the state is each socket's own, so that it outlives a change of certificates. */
export const bridges: WebSocketHandler<Bridge> = {
  idleTimeout: IDLE_SECONDS,
  maxPayloadLength: FRAME_LIMIT,
  backpressureLimit: BEHIND_LIMIT,
  open: (browser) => browser.data.open(browser),
  message: (browser, message) => browser.data.up(message),
  // Bun says it whenever some of what waits has gone, and once more when the last has.
  drain: (browser) => void (browser.getBufferedAmount() <= LOW_BYTES && browser.data.drained()),
  close: (browser, code, reason) => browser.data.left(code, reason),
};
