import { randomBytes } from "node:crypto";

/** Kinds of frames of a WebSocket (RFC 6455 §5.2). */
export const OPCODE = { MORE: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** Of frames that close, ping or answer one. */
const CONTROL_LIMIT = 125;

const MASK_BYTES = 4;

/** What a client sends: one frame, whole and masked. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const head = headOf(opcode, payload.length);
  const mask = randomBytes(MASK_BYTES);
  const frame = new Uint8Array(head.length + MASK_BYTES + payload.length);
  frame.set(head);
  frame.set(mask, head.length);
  const at = head.length + MASK_BYTES;
  for (let i = 0; i < payload.length; i++) frame[at + i] = (payload[i] as number) ^ (mask[i & 3] as number);
  return frame;
}

function headOf(opcode: number, length: number): Buffer {
  const [whole, masked] = [0x80 | opcode, 0x80];
  if (length <= CONTROL_LIMIT) return Buffer.from([whole, masked | length]);
  const wide = length > 0xffff;
  const head = Buffer.alloc(wide ? 10 : 4);
  head[0] = whole;
  head[1] = masked | (wide ? 127 : 126);
  if (wide) head.writeBigUInt64BE(BigInt(length), 2);
  else head.writeUInt16BE(length, 2);
  return head;
}

/**
 * Reads what a server sends, however it is cut. A message that is larger than `limit` bytes is left out: a large clipboard must not
 * cost the picture. No more than one message is held.
 */
export class FrameReader {
  readonly #limit: number;
  readonly #take: (opcode: number, payload: Buffer) => void;
  #head = Buffer.alloc(0);
  /** Of the frame that is just coming; undefined between frames. */
  #frame: { opcode: number; isLast: boolean; left: number } | undefined;
  #message: Gathered | undefined;
  #control = new Gathered(0);

  /** @param take is given each whole message and each control frame */
  constructor(limit: number, take: (opcode: number, payload: Buffer) => void) {
    this.#limit = limit;
    this.#take = take;
  }

  /** @throws for what is no frame of a server's */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length || this.#frame?.left === 0; ) {
      if (!this.#frame) at += this.#begin(bytes, at);
      const frame = this.#frame;
      if (!frame) continue;
      const piece = bytes.subarray(at, at + frame.left);
      this.#gathered(frame.opcode).add(piece);
      at += piece.length;
      frame.left -= piece.length;
      if (frame.left === 0) this.#end(frame);
    }
  }

  /** Takes bytes until the next frame's head is whole; answers how many. */
  #begin(bytes: Uint8Array, at: number): number {
    const before = this.#head.length;
    const wanted = this.#head.length < 2 ? 2 : 2 + extra(this.#head[1] as number);
    const piece = bytes.subarray(at, at + wanted - before);
    this.#head = Buffer.concat([this.#head, piece]);
    if (this.#head.length < 2 || this.#head.length < 2 + extra(this.#head[1] as number)) return piece.length;
    const [first, second] = [this.#head[0] as number, this.#head[1] as number];
    const frame = { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, left: lengthIn(this.#head) };
    this.#head = Buffer.alloc(0);
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new Error("a frame that no server sends");
    if (frame.opcode >= OPCODE.CLOSE && (!frame.isLast || frame.left > CONTROL_LIMIT))
      throw new Error("a control frame that is none");
    this.#open(frame.opcode);
    this.#frame = frame;
    return piece.length;
  }

  #open(opcode: number): void {
    if (opcode >= OPCODE.CLOSE) this.#control = new Gathered(CONTROL_LIMIT);
    else if ((opcode === OPCODE.MORE) !== (this.#message !== undefined)) throw new Error("a message within another");
    else this.#message ??= new Gathered(this.#limit, opcode);
  }

  #gathered(opcode: number): Gathered {
    return opcode >= OPCODE.CLOSE || !this.#message ? this.#control : this.#message;
  }

  #end({ opcode, isLast }: { opcode: number; isLast: boolean }): void {
    this.#frame = undefined;
    if (!isLast) return;
    const gathered = this.#gathered(opcode);
    if (opcode < OPCODE.CLOSE) this.#message = undefined;
    const payload = gathered.bytes;
    if (payload) this.#take(opcode < OPCODE.CLOSE ? gathered.opcode : opcode, payload);
  }
}

/** Bytes that follow the first two of a head. */
const extra = (second: number): number => ({ 126: 2, 127: 8 })[second & 0x7f] ?? 0;

function lengthIn(head: Buffer): number {
  const short = (head[1] as number) & 0x7f;
  if (short < 126) return short;
  if (short === 126) return head.readUInt16BE(2);
  const length = head.readBigUInt64BE(2);
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error("a frame without an end");
  return Number(length);
}

/** A message's bytes in one piece, whatever it came in; what is over the limit is forgotten. */
class Gathered {
  #bytes = Buffer.alloc(0);
  #length = 0;
  #isOver = false;
  constructor(
    private readonly limit: number,
    readonly opcode = 0,
  ) {}

  /** Undefined: it was too large. */
  get bytes(): Buffer | undefined {
    return this.#isOver ? undefined : this.#bytes.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    if (this.#length + piece.length > this.limit) this.#isOver = true;
    if (this.#isOver) this.#bytes = Buffer.alloc(0);
    else this.#append(piece);
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const more = Buffer.alloc(Math.min(this.limit, Math.max(needed, 2 * this.#bytes.length)));
      more.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = more;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }
}
