/** A client's body on its way to a server. */
export interface Body {
  stream: ReadableStream<Uint8Array>;
  /** As its client announced; undefined: he sends chunks, and so does the front. */
  bytes: number | undefined;
}

/** There is no body, whatever the client says of one. */
export const isBodiless = (method: string): boolean => method === "GET" || method === "HEAD";

/** What a call brings with it. */
export function bodyOf({ method, headers, body }: Request): Body | undefined {
  if (!body || isBodiless(method)) return undefined;
  const length = headers.get("content-length");
  return { stream: body, bytes: length === null || headers.has("transfer-encoding") ? undefined : Number(length) };
}

/**
 * Gathered before it is written, and the most of one body that waits here. It comes in pieces of 64 KiB: written one by one, a gigabyte costs a third
 * more of the processor.
 */
const GATHERED = 1024 * 1024;

/**
 * Sends a body on, no faster than its server takes it.
 * @param write answers once the bytes are taken; what rejects there ends the body
 * @throws when the client left, or sent another length than he announced: what is too much would be the next call
 */
export async function sendBody({ stream, bytes }: Body, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const room = new Room(Math.min(bytes ?? GATHERED, GATHERED), bytes === undefined ? inChunks(write) : write);
  let came = 0;
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    came += piece.length;
    if (came > (bytes ?? came)) break;
    await room.put(piece);
    giveBack(piece);
  }
  if (came !== (bytes ?? came)) throw new Error("its length isn't the one that was announced");
  await room.empty();
  if (bytes === undefined) await write(Buffer.from("0\r\n\r\n"));
}

const inChunks = (write: (bytes: Uint8Array) => Promise<void>) => async (bytes: Uint8Array) => {
  await write(Buffer.from(`${bytes.length.toString(16)}\r\n`));
  await write(bytes);
  await write(Buffer.from("\r\n"));
};

/** The engine doesn't count these bytes and would keep 20 MB of them until it collects for another reason. What shares its memory is left alone. */
function giveBack({ buffer, byteLength }: Uint8Array<ArrayBuffer>): void {
  if (byteLength === buffer.byteLength) buffer.transfer(0);
}

/** What came in one turn of the loop is written together. */
class Room {
  readonly #bytes: Uint8Array;
  #filled = 0;
  #turn: NodeJS.Immediate | undefined;
  #writing = Promise.resolve();

  constructor(
    size: number,
    private readonly write: (bytes: Uint8Array) => Promise<void>,
  ) {
    this.#bytes = new Uint8Array(size);
  }

  /** All of it is in the room, or written. */
  async put(piece: Uint8Array): Promise<void> {
    let rest = piece;
    while (rest.length > 0) {
      await this.#writing;
      const part = rest.subarray(0, this.#bytes.length - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === this.#bytes.length) this.#begin();
      else this.#turn ??= setImmediate(() => this.#begin());
    }
  }

  async empty(): Promise<void> {
    this.#begin();
    await this.#writing;
  }

  #begin(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    this.#writing.catch(() => {});
  }

  async #write(): Promise<void> {
    const bytes = this.#bytes.subarray(0, this.#filled);
    if (bytes.length > 0) await this.write(bytes);
    this.#filled = 0;
  }
}
