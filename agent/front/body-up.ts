import { giveBack } from "./give-back.ts";

/** A client's body on its way to a server. */
export interface Body {
  stream: ReadableStream<Uint8Array>;
  /** As its client announced; undefined: he sends chunks or announced no number, and the front sends chunks. */
  bytes: number | undefined;
}

/** There is no body, whatever the client says of one. */
export const isBodiless = (method: string): boolean => method === "GET" || method === "HEAD";

/** Said twice it is "5, 5", which Bun reads as 5. */
const LENGTH = /^\d{1,15}$/;

/** What a call brings with it. */
export function bodyOf({ method, headers, body }: Request): Body | undefined {
  if (!body || isBodiless(method)) return undefined;
  const length = headers.get("content-length") ?? "";
  return { stream: body, bytes: LENGTH.test(length) && !headers.has("transfer-encoding") ? Number(length) : undefined };
}

/**
 * Gathered before it is written, and the most of one body that waits here. It comes in pieces of 64 KiB: written one by one, each wakes its server anew,
 * and a gigabyte costs a third more of the processor. Only of bodies that come so fast once as much of them came, and of as many at once: the others have room for a piece.
 */
const GATHERED = 1536 * 1024;
const GATHERED_AT_ONCE = 16;
const PIECE = 64 * 1024;
/** Of chunks of a byte each many come at once. */
const LEAST = 4096;
let gathered = 0;

type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * Sends a body on, no faster than its server takes it.
 * @param write answers once the bytes are taken; what rejects there ends the body
 * @throws when the client left, or sent another length than he announced: what is too much would be the next call
 */
export async function sendBody({ stream, bytes }: Body, write: Write): Promise<void> {
  const room = new Room(bytes ?? GATHERED, bytes === undefined ? inChunks(write) : write);
  try {
    await pass(stream, room, bytes);
  } finally {
    room.leave();
  }
  if (bytes === undefined) await write(Buffer.from("0\r\n\r\n"));
}

async function pass(stream: Body["stream"], room: Room, bytes: Body["bytes"]): Promise<void> {
  let came = 0;
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    came += piece.length;
    if (came > (bytes ?? came)) break;
    for (let at = 0; at < piece.length; ) {
      if (room.isBusy) await room.free();
      at += room.put(piece.subarray(at));
    }
    giveBack(piece);
  }
  if (came !== (bytes ?? came)) throw new Error("its length isn't the one that was announced");
  await room.empty();
}

const inChunks = (write: Write) => async (bytes: Uint8Array) => {
  await write(Buffer.from(`${bytes.length.toString(16)}\r\n`));
  await write(bytes);
  await write(Buffer.from("\r\n"));
};

/** What came in one turn of the loop is written together. Between two turns nobody has memory here but who filled it: of 600 who send slowly it was 100 MB. */
class Room {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #isFast = false;
  #filled = 0;
  #sent = 0;
  #turn: NodeJS.Immediate | undefined;
  #writing: Promise<void> | undefined;

  constructor(
    private readonly most: number,
    private readonly write: Write,
  ) {}

  get isBusy(): boolean {
    return this.#writing !== undefined;
  }

  /** @throws what the writing threw */
  free(): Promise<void> | undefined {
    return this.#writing;
  }

  /** @returns how much of it there was room for */
  put(piece: Uint8Array): number {
    this.#bytes ??= this.#take(piece.length);
    const left = this.#bytes.length - this.#filled;
    const part = piece.length > left ? piece.subarray(0, left) : piece;
    this.#bytes.set(part, this.#filled);
    this.#filled += part.length;
    if (part.length === left) this.#begin(this.#bytes);
    else this.#turn ??= setImmediate(() => this.#bytes && this.#begin(this.#bytes));
    return part.length;
  }

  async empty(): Promise<void> {
    if (!this.#writing && this.#bytes && this.#filled > 0) this.#begin(this.#bytes);
    await this.#writing;
  }

  /** Also of what fails, which is over at its server's, too: of a thousand bodies whose clients left 140 MB lay about. */
  leave(): void {
    clearImmediate(this.#turn);
    if (!this.#bytes) return;
    if (this.#bytes.length > PIECE) gathered -= 1;
    giveBack(this.#bytes);
    this.#bytes = undefined;
  }

  #take(needed: number): Uint8Array<ArrayBuffer> {
    const fast = gathered < GATHERED_AT_ONCE ? GATHERED : PIECE;
    const size = Math.min(this.most, this.#isFast ? fast : Math.min(PIECE, Math.max(LEAST, needed)));
    if (size > PIECE) gathered += 1;
    return new Uint8Array(size);
  }

  #begin(bytes: Uint8Array<ArrayBuffer>): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#writing = this.write(bytes.subarray(0, this.#filled)).then(() => this.#taken(bytes));
    this.#writing.catch(() => {});
  }

  #taken({ length }: Uint8Array): void {
    this.#writing = undefined;
    this.#sent += this.#filled;
    this.#isFast = this.#filled >= PIECE && this.#sent >= GATHERED;
    this.#filled = 0;
    if (!this.#isFast || (length === PIECE && gathered < GATHERED_AT_ONCE)) this.leave();
  }
}
