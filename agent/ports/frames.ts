import { randomFillSync } from "node:crypto";

/*
 * Frames of RFC 6455 as the client of a learner's server sees them. Bun's own client takes a message of any length into memory before
 * anybody is asked.
 */

/** Of one message, which is held until it is whole. A development server sends pages by such ones, not films. */
export const MESSAGE_BYTES = 4 * 1024 * 1024;
const PART_BYTES = 64;
/** Taken in one turn of the loop. */
const FRAMES_AT_ONCE = 512;
/** A control frame's (§5.5). */
const CONTROL_BYTES = 125;
const MASK_BYTES = 4;
/** Opcodes (§5.2). */
const [MORE, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
/** Why it is closed (§7.4.1). */
const [GOING_AWAY, PROTOCOL_ERROR, BAD_TEXT, TOO_BIG, NO_STATUS] = [1001, 1002, 1007, 1009, 1005];

export interface FrameEvents {
  message(data: string | Uint8Array): void;
  ping(data: Uint8Array): void;
  /** The server says its last, or what it sent is no WebSocket's: nothing more is read. */
  closed(code: number, reason: string): void;
}

interface Head {
  final: boolean;
  opcode: number;
  length: number;
}

/** Takes bytes as they come, gives whole messages. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #size = 0;
  /** With fewer there is nothing to do. */
  #needed = 2;
  #waiting: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #held = 0;
  #opcode = MORE;
  #over = false;

  constructor(private readonly events: FrameEvents) {}

  /** @returns whether there are more whole frames: `more` reads on, in another turn of the loop */
  take(bytes: Uint8Array): boolean {
    this.#pieces.push(Buffer.from(bytes));
    this.#size += bytes.length;
    return this.#size >= this.#needed && this.more();
  }

  /** As `take`. A read may hold so many small frames that nobody else would be answered meanwhile. */
  more(): boolean {
    this.#waiting = Buffer.concat(this.#pieces.splice(0));
    const isMore = this.#frames();
    this.#pieces.push(this.#waiting);
    this.#size = this.#waiting.length;
    return isMore;
  }

  #frames(): boolean {
    for (let count = 0; !this.#over; count++) {
      const found = this.#headOf();
      if (!found) return false;
      const end = found.at + found.head.length;
      this.#needed = end;
      if (this.#waiting.length < end) return false;
      if (count === FRAMES_AT_ONCE) return true;
      this.#needed = 2;
      const payload = this.#waiting.subarray(found.at, end);
      this.#waiting = this.#waiting.subarray(end);
      this.#frame(found.head, payload);
    }
    return false;
  }

  #headOf(): { head: Head; at: number } | undefined {
    const [bytes, first, second] = [this.#waiting, this.#waiting[0], this.#waiting[1]];
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const at = short === 126 ? 4 : short === 127 ? 10 : 2;
    this.#needed = at;
    if (bytes.length < at) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    const head = { final: (first & 0x80) !== 0, opcode: first & 0x0f, length };
    const code = this.#wrong(head, (first & 0x70) !== 0 || (second & 0x80) !== 0);
    if (code === undefined) return { head, at };
    this.#end(code, "the learner's server sent a frame that isn't taken");
    return undefined;
  }

  /** Before its bytes are waited for. @param odd with a mask, which servers don't use, or an extension, which nobody asked for */
  #wrong({ final, opcode, length }: Head, odd: boolean): number | undefined {
    const control = opcode >= CLOSE;
    if (odd || opcode > PONG || (opcode > BINARY && !control)) return PROTOCOL_ERROR;
    if (control) return final && length <= CONTROL_BYTES ? undefined : PROTOCOL_ERROR;
    if ((opcode === MORE) !== (this.#opcode !== MORE)) return PROTOCOL_ERROR;
    return this.#held + length > MESSAGE_BYTES ? TOO_BIG : undefined;
  }

  #frame({ final, opcode }: Head, payload: Buffer): void {
    if (opcode === PING) this.events.ping(Uint8Array.from(payload));
    else if (opcode === CLOSE) this.#last(payload);
    else if (opcode !== PONG) this.#part(opcode, payload, final);
  }

  #last(payload: Buffer): void {
    this.#end(payload.length >= 2 ? payload.readUInt16BE(0) : NO_STATUS, payload.toString("utf8", 2));
  }

  #part(opcode: number, payload: Buffer, final: boolean): void {
    if (opcode !== MORE) this.#opcode = opcode;
    this.#parts.push(payload);
    // A part costs something without a byte in it, too.
    this.#held += payload.length + PART_BYTES;
    if (!final) return;
    const bytes = Buffer.concat(this.#parts.splice(0));
    const data = this.#opcode === BINARY ? bytes : textOf(bytes);
    this.#held = 0;
    this.#opcode = MORE;
    if (data === undefined) this.#end(BAD_TEXT, "the learner's server sent text that isn't UTF-8");
    else this.events.message(data);
  }

  #end(code: number, reason: string): void {
    this.#over = true;
    this.#waiting = Buffer.alloc(0);
    this.#parts = [];
    this.events.closed(code, reason);
  }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const messageFrame = (data: string | Uint8Array): Buffer =>
  frame(typeof data === "string" ? TEXT : BINARY, Buffer.from(data as Uint8Array));

export const pongFrame = (data: Uint8Array): Buffer => frame(PONG, Buffer.from(data));

/** A code that is only ever seen, or none, is "going away". */
export function closeFrame(code = GOING_AWAY, reason = ""): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(isSendable(code) ? code : GOING_AWAY);
  return frame(CLOSE, Buffer.concat([bytes, Buffer.from(reason)]).subarray(0, CONTROL_BYTES));
}

/** Codes that only a library sees are never on the wire (§7.4.1). */
export const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

/** A client's: whole, and masked (§5.3). */
function frame(opcode: number, payload: Buffer): Buffer {
  const size = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const out = Buffer.allocUnsafe(2 + size + MASK_BYTES + payload.length);
  out[0] = 0x80 | opcode;
  out[1] = 0x80 | (size === 0 ? payload.length : size === 2 ? 126 : 127);
  if (size === 2) out.writeUInt16BE(payload.length, 2);
  if (size === 8) out.writeBigUInt64BE(BigInt(payload.length), 2);
  const mask = randomFillSync(out, 2 + size, MASK_BYTES).subarray(2 + size, 2 + size + MASK_BYTES);
  const at = 2 + size + MASK_BYTES;
  for (let i = 0; i < payload.length; i++) out[at + i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return out;
}
