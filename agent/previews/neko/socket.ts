import { createHash, randomBytes } from "node:crypto";
import { FRAME_LIMIT } from "../../contract/frames.ts";
import type { SeatHandle, SeatSocket } from "../../seats/seat.ts";
import { pass } from "../../seats/splice.ts";
import { encodeFrame, FrameReader, OPCODE } from "./frames.ts";
import { begin } from "./http.ts";
import type { Pace } from "./pace.ts";

/** What RFC 6455 §1.3 has both ends put behind the key. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const NORMAL_CLOSURE = 1000;

/** What comes from the other end of a WebSocket to a seat's program. */
export interface SocketListener {
  message(text: string): void;
  /** What was sent is out; more may follow. */
  drained(): void;
  /** By whomever, once. */
  closed(): void;
}

/** A WebSocket to a program on the seat's localhost. Bun's own would hold what comes and goes without a limit. */
export interface ProgramSocket {
  /** False: the program reads more slowly than that; send nothing more until `drained`. */
  send(text: string): boolean;
  /** Nothing more is read until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface SocketAsk {
  port: number;
  /** Percent-encoded, with its query. */
  path: string;
  pace: Pace;
  signal: AbortSignal;
}

/** @throws when nobody speaks WebSocket there in time */
export async function openSocket(seat: SeatHandle, ask: SocketAsk, listener: SocketListener): Promise<ProgramSocket> {
  const { port, path, pace, signal } = ask;
  const key = randomBytes(16).toString("base64");
  const headers = {
    ...{ upgrade: "websocket", connection: "Upgrade" },
    ...{ "sec-websocket-key": key, "sec-websocket-version": "13" },
  };
  const { socket, answer, go } = await begin(seat, port, { method: "GET", path, headers }, signal);
  if (answer.status !== 101 || answer.headers.get("sec-websocket-accept") !== acceptOf(key)) {
    socket.close();
    throw new Error(`it opens no WebSocket (${answer.status})`);
  }
  const open = new OpenSocket(socket, pace, listener);
  go((bytes) => open.heard(bytes));
  return open;
}

const acceptOf = (key: string): string => createHash("sha1").update(`${key}${ACCEPT_GUID}`).digest("base64");

class OpenSocket implements ProgramSocket {
  readonly #socket: SeatSocket;
  readonly #pace: Pace;
  readonly #listener: SocketListener;
  readonly #reader: FrameReader;
  #waiting: Uint8Array[] = [];
  #isPaused = false;
  #resting: Timer | undefined;
  #isOver = false;

  constructor(socket: SeatSocket, pace: Pace, listener: SocketListener) {
    this.#socket = socket;
    this.#pace = pace;
    this.#listener = listener;
    this.#reader = new FrameReader(FRAME_LIMIT, (opcode, payload) => this.#came(opcode, payload));
    socket.onDrain(() => {
      if (this.#waiting.length > 0 && pass(this.#waiting, socket) && !this.#isOver) listener.drained();
    });
    void socket.closed.then(() => this.#over());
  }

  heard(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#reader.push(bytes);
    } catch {
      this.close();
    }
    const rest = this.#pace.spend(bytes.length);
    if (rest > 0 && !this.#isOver) this.#rest(rest);
  }

  send(text: string): boolean {
    return this.#write(OPCODE.TEXT, Buffer.from(text));
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#resting === undefined) this.#socket.resume();
  }

  /** With a code that says that nobody comes back: neko keeps a place for who was cut off. */
  close(): void {
    if (this.#isOver) return;
    const code = Buffer.alloc(2);
    code.writeUInt16BE(NORMAL_CLOSURE);
    this.#write(OPCODE.CLOSE, code);
    this.#socket.close();
    this.#over();
  }

  #came(opcode: number, payload: Buffer): void {
    if (this.#isOver) return;
    if (opcode === OPCODE.TEXT) this.#listener.message(payload.toString());
    // While the program doesn't read, its pings need no answer: they would be kept here.
    if (opcode === OPCODE.PING && this.#waiting.length === 0) this.#write(OPCODE.PONG, payload);
    if (opcode === OPCODE.CLOSE) this.close();
  }

  #write(opcode: number, payload: Uint8Array): boolean {
    this.#waiting.push(encodeFrame(opcode, payload));
    return pass(this.#waiting, this.#socket);
  }

  #rest(ms: number): void {
    this.#socket.pause();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      if (!this.#isPaused) this.#socket.resume();
    }, ms);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    clearTimeout(this.#resting);
    this.#listener.closed();
  }
}
