import { createHash, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { ask } from "./ask.ts";
import { destroyOn } from "./duplex.ts";
import { FrameReader } from "./frame-reader.ts";
import { closeFrame, messageFrame, pongFrame } from "./frames.ts";
import type { Reading } from "./gathered.ts";

/** What RFC 6455 §1.3 has both ends put behind the key. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** For the last bytes to leave. */
const LAST_MS = 1000;
/** It went without a word (§7.4.1). */
const NO_WORD = 1006;

export interface SocketAsk {
  /** Percent-encoded, with its query. */
  path: string;
  /** Beside those of the handshake. */
  headers: readonly [name: string, value: string][];
  reading: Reading;
  /** @param bytes that were read @returns for how many milliseconds nothing more is to be read. Missing: as fast as they come */
  pace?: (bytes: number) => number;
}

/** What comes from a seat's server. */
export interface SocketListener {
  message(data: string | Uint8Array): void;
  /** A message was too large, where those are left out. */
  leftOut?: (() => void) | undefined;
  /** What was sent is out; more may follow. */
  drained(): void;
  /** By whomever, once. @param code the server's own, where it said one */
  closed(code: number, reason: string): void;
}

/** What answers there takes no socket. */
export class NoSocket extends Error {
  constructor(readonly status: number | undefined) {
    super(`it opens no WebSocket (${status})`);
  }
}

/**
 * A WebSocket to a server on the seat's localhost. Bun's own would hold what comes and goes without a limit.
 * @param signal ends the wait for it  @throws NoSocket, or when nobody answers by HTTP in time; the connection is gone then
 */
export async function openSocket(connection: Duplex, asked: SocketAsk, signal: AbortSignal): Promise<ToServer> {
  const goOn = destroyOn(signal, connection);
  const key = randomBytes(16).toString("base64");
  const headers: [string, string][] = [
    ...asked.headers,
    ...([
      ["upgrade", "websocket"],
      ["sec-websocket-version", "13"],
      ["sec-websocket-key", key],
    ] as [string, string][]),
  ];
  try {
    const { message, taken } = await ask(connection, { method: "GET", path: asked.path, headers, upgrades: true });
    const { "sec-websocket-accept": accept, "sec-websocket-protocol": protocol } = message.headers;
    if (!taken || accept !== acceptOf(key) || !isOffered(protocol, headers)) throw new NoSocket(message.statusCode);
    return new ToServer(connection, taken, asked, protocol);
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    goOn();
  }
}

/** §4.1: a browser would close it, and what is no name of a protocol is no header of ours. */
const isOffered = (protocol: string | undefined, headers: SocketAsk["headers"]): boolean =>
  protocol === undefined ||
  headers.some(
    ([name, value]) =>
      name === "sec-websocket-protocol" &&
      value
        .split(",")
        .map((word) => word.trim())
        .includes(protocol),
  );

const acceptOf = (key: string): string =>
  createHash("sha1")
    .update(key + ACCEPT_GUID)
    .digest("base64");

/** A socket to a seat's server, message by message, read no faster than whoever has it wants. */
export class ToServer {
  readonly #connection: Duplex;
  readonly #asked: SocketAsk;
  readonly #early: Uint8Array;
  #reader: FrameReader | undefined;
  #listener: SocketListener | undefined;
  #isPaused = false;
  #resting: Timer | undefined;
  #isOver = false;

  /** @param protocol that it chose, of those that were offered */
  constructor(
    connection: Duplex,
    early: Uint8Array,
    asked: SocketAsk,
    readonly protocol: string | undefined,
  ) {
    this.#connection = connection.pause();
    this.#early = early;
    this.#asked = asked;
  }

  /** Once; before, nothing is read. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    this.#reader = new FrameReader(this.#asked.reading, {
      message: (data) => listener.message(data),
      leftOut: listener.leftOut,
      // While the server doesn't read, its pings need no answer: they would be kept here.
      ping: (data) => void (this.#connection.writableNeedDrain || this.#connection.write(pongFrame(data))),
      closed: (code, reason) => this.#end(code, reason),
    });
    this.#connection.on("data", (bytes: Uint8Array) => this.#heard(bytes));
    this.#connection.on("drain", () => this.#isOver || listener.drained());
    for (const event of ["end", "close", "error"])
      this.#connection.on(event, () => {
        // Its end alone closes nothing here, and whoever counts connections waits for that.
        this.#connection.destroy();
        this.#over(NO_WORD, "the seat's server ended");
      });
    this.#heard(this.#early);
    if (!this.#isPaused && this.#resting === undefined) this.#connection.resume();
  }

  /** False: the server reads more slowly than that; send nothing more until `drained`. */
  send(data: string | Uint8Array): boolean {
    return this.#isOver || this.#connection.write(messageFrame(data));
  }

  /** Nothing more is read until `resume`, but for what came in the same piece. */
  pause(): void {
    this.#isPaused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#resting === undefined) this.#connection.resume();
  }

  /** The server is told. @param code "going away" without one */
  close(code?: number, reason?: string): void {
    if (this.#isOver) return;
    this.#end(code ?? NO_WORD, reason ?? "", closeFrame(code, reason));
  }

  #heard(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#reader?.take(bytes);
    const rest = this.#asked.pace?.(bytes.length) ?? 0;
    if (rest > 0 && !this.#isOver) this.#rest(rest);
  }

  #rest(ms: number): void {
    this.#connection.pause();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      if (!this.#isPaused) this.#connection.resume();
    }, ms);
  }

  /** A server that doesn't read its last isn't waited for. */
  #end(code: number, reason: string, last = closeFrame(code)): void {
    const destroy = () => void this.#connection.destroy();
    this.#connection.end(last, destroy);
    setTimeout(destroy, LAST_MS).unref();
    this.#over(code, reason);
  }

  #over(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#resting);
    this.#reader?.drop();
    this.#listener?.closed(code, reason);
  }
}
