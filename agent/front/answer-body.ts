import type { Framing } from "./answer-head.ts";

/** A chunk's length and whatever follows it there; a line of a trailer. */
const LINE_LIMIT = 1024;
const TRAILER_LINES = 64;
const MOVED_LIMIT = 1024;
const [CR, LF] = [13, 10];
const SIZE = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

/** What a piece of the connection was. */
export interface Taken {
  /** Of the body, in its order. */
  body: Buffer[];
  /** The body ends here. */
  isDone: boolean;
  /** Something came after its end, which nobody asked for. */
  isSpoiled: boolean;
}

/** Reads bodies off a connection. `take` @throws when the answer breaks its own rules */
export interface BodyReader {
  take(piece: Buffer): Taken;
  /** Whether the connection's end is the body's. */
  readonly endsWithConnection: boolean;
}

export function readBody(framing: Framing): BodyReader {
  if (framing.by === "chunks") return new Chunks();
  if (framing.by === "rest")
    return { endsWithConnection: true, take: (piece) => ({ body: [piece], isDone: false, isSpoiled: false }) };
  return counted(framing.by === "none" ? 0 : framing.bytes);
}

function counted(bytes: number): BodyReader {
  let left = bytes;
  return {
    endsWithConnection: false,
    take: (piece) => {
      const body = piece.subarray(0, left);
      left -= body.length;
      return { body: [body], isDone: left === 0, isSpoiled: body.length < piece.length };
    },
  };
}

/** A thousand chunks of a byte are one piece, in the memory that they came in; it isn't worth it for long ones. */
function put(body: Buffer[], chunk: Buffer): void {
  const last = body.at(-1);
  if (!last || chunk.length >= MOVED_LIMIT) {
    body.push(chunk);
    return;
  }
  const both = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length);
  chunk.copy(both, last.length);
  body[body.length - 1] = both;
}

/** RFC 9112 §7.1. A trailer is read and dropped. */
class Chunks implements BodyReader {
  readonly endsWithConnection = false;
  #at: "size" | "bytes" | "end" | "trailer" | "done" = "size";
  #line = "";
  #lines = 0;
  #left = 0;

  take(piece: Buffer): Taken {
    const body: Buffer[] = [];
    let at = 0;
    while (at < piece.length && this.#at !== "done") {
      if (this.#at !== "bytes") {
        this.#character(piece[at] as number);
        at += 1;
        continue;
      }
      const chunk = piece.subarray(at, at + this.#left);
      this.#left -= chunk.length;
      if (this.#left === 0) this.#at = "end";
      at += chunk.length;
      put(body, chunk);
    }
    const isDone = this.#at === "done";
    return { body, isDone, isSpoiled: isDone && at < piece.length };
  }

  #character(byte: number): void {
    const isAfterReturn = this.#line.endsWith("\r");
    if (isAfterReturn !== (byte === LF)) throw new Error("a chunk of its answer has a line that ends wrongly");
    if (byte !== LF) {
      this.#line += String.fromCharCode(byte);
      if (this.#line.length > LINE_LIMIT) throw new Error("a chunk of its answer has a line that is too long");
      if (this.#at === "end" && byte !== CR) throw new Error("a chunk of its answer is longer than it said");
      return;
    }
    const line = this.#line.slice(0, -1);
    this.#line = "";
    this.#lineEnds(line);
  }

  #lineEnds(line: string): void {
    if (this.#at === "end") {
      this.#at = "size";
      return;
    }
    if (this.#at === "trailer") {
      this.#lines += 1;
      if (this.#lines > TRAILER_LINES) throw new Error("its answer's trailer is too long");
      if (line === "") this.#at = "done";
      return;
    }
    const size = SIZE.exec(line)?.[1];
    if (size === undefined) throw new Error("a chunk of its answer has no length");
    this.#left = Number.parseInt(size, 16);
    this.#at = this.#left === 0 ? "trailer" : "bytes";
  }
}
