import type { Socket, SocketHandler } from "bun";
import { pass } from "../../../splice.ts";

/** Of one tunnel at once; what comes beyond them is closed. Each holds what one read gave: 512 KiB both ways at most. */
export const CONNECTIONS = 100;
/** A server that doesn't accept (a full backlog) would hold its caller else. */
const DIAL_MS = 10_000;

/** One side of a connection that is carried. */
export interface Half {
  other: Socket<Half> | undefined;
  /** What it said before there was another side. */
  early: Uint8Array[];
  /** For this side; it takes no more now. */
  waiting: Uint8Array[];
  /** The other side said its last: so will this one, when nothing waits. */
  ending: boolean;
  /** This side said its last. */
  said: boolean;
  /** And was told the other's. */
  told: boolean;
}

/** Where a connection goes on. */
export type Dial = (socket: SocketHandler<Half>, signal: AbortSignal) => Promise<Socket<Half>>;

/**
 * The connections of one tunnel, byte by byte and each direction for itself: who has said her last still hears the answer. Whoever doesn't
 * read holds the other side back, not our memory.
 */
export class Carrier {
  readonly #sockets = new Set<Socket<Half>>();
  readonly #closing = new AbortController();
  #dialing = 0;

  constructor(readonly dial: Dial) {}

  /** For those who come. */
  get handler(): SocketHandler<Half> {
    return { ...this.#half, open: (socket) => void this.#come(socket) };
  }

  /** Every connection ends now. */
  close(): void {
    this.#closing.abort();
    for (const socket of this.#sockets) socket.terminate();
  }

  async #come(socket: Socket<Half>): Promise<void> {
    this.#begin(socket);
    if (this.#sockets.size + this.#dialing > 2 * CONNECTIONS || this.#closing.signal.aborted) return void socket.terminate();
    this.#dialing++;
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(DIAL_MS)]);
      this.#join(socket, await this.dial({ ...this.#half, open: (other) => this.#begin(other) }, signal));
    } catch {
      // Nobody listens there, or the seat doesn't run: who waits is told so by the end.
      socket.terminate();
    } finally {
      this.#dialing--;
    }
  }

  #begin(socket: Socket<Half>): void {
    socket.pause();
    socket.data = { other: undefined, early: [], waiting: [], ending: false, said: false, told: false };
    this.#sockets.add(socket);
  }

  #join(one: Socket<Half>, other: Socket<Half>): void {
    one.data.other = other;
    other.data.other = one;
    if (one.readyState <= 0 || other.readyState <= 0 || this.#closing.signal.aborted) {
      for (const socket of [one, other]) socket.terminate();
      return;
    }
    for (const socket of [one, other]) this.#start(socket);
  }

  #start(socket: Socket<Half>): void {
    const { other, early, said } = socket.data;
    if (!other) return;
    other.data.waiting.push(...early.splice(0));
    const passed = pass(other.data.waiting, other);
    if (said) this.#ended(other);
    else if (passed) socket.resume();
  }

  #ended(other: Socket<Half>): void {
    other.data.ending = true;
    if (other.data.waiting.length === 0) finish(other);
  }

  readonly #half: SocketHandler<Half> = {
    data: (socket, bytes) => {
      const { other, early } = socket.data;
      (other?.data.waiting ?? early).push(bytes.slice());
      if (!pass(other?.data.waiting ?? early, other)) socket.pause();
    },
    drain: (socket) => {
      if (!socket.data || !pass(socket.data.waiting, socket)) return;
      if (socket.data.ending) finish(socket);
      else socket.data.other?.resume();
    },
    end: (socket) => {
      socket.data.said = true;
      if (socket.data.other) this.#ended(socket.data.other);
    },
    close: (socket, error) => this.#over(socket, error),
    error: (socket) => void socket.terminate(),
  };

  /** Cut: so is the other side. Of one that was told the last already, Bun says no end; closing without an error is it. */
  #over(socket: Socket<Half>, error: Error | undefined): void {
    this.#sockets.delete(socket);
    const { other, told } = socket.data;
    if (!other || other.data.ending) return;
    if (told && error === undefined) this.#ended(other);
    else other.terminate();
  }
}

/** All that was for this side is written. Both said their last: it is over. */
function finish(socket: Socket<Half>): void {
  socket.data.told = true;
  if (socket.data.said) socket.end();
  else socket.shutdown();
}
