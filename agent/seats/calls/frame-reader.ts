import { CONTROL_BYTES, OPCODE } from "./frames.ts";
import { Gathered, type Reading } from "./gathered.ts";

const { MORE, TEXT, BINARY, CLOSE, PING, PONG } = OPCODE;
/** Why it is closed (RFC 6455 §7.4.1). */
const [PROTOCOL_ERROR, BAD_TEXT, TOO_BIG, NO_STATUS] = [1002, 1007, 1009, 1005];
const CONTROL: Reading = { most: CONTROL_BYTES, larger: "close" };

export interface FrameEvents {
  message(data: string | Uint8Array): void;
  /** One was too large, where those are left out. */
  leftOut?: (() => void) | undefined;
  ping(data: Uint8Array): void;
  /** The server says its last, or what it sent is no WebSocket's: nothing more is read. */
  closed(code: number, reason: string): void;
}

interface Frame {
  isLast: boolean;
  opcode: number;
  /** Of its bytes, to come. */
  left: number;
}

/** Reads what a server sends, however it is cut. No more than one message is held, in as many bytes as it has, twice over at most. */
export class FrameReader {
  /** The beginning of a frame's head. */
  #cut = Buffer.alloc(0);
  #frame: Frame | undefined;
  #message: Gathered | undefined;
  #control = new Gathered(CONTROL, CLOSE);
  #isOver = false;

  constructor(
    private readonly reading: Reading,
    private readonly events: FrameEvents,
  ) {}

  take(bytes: Uint8Array): void {
    let rest: Buffer =
      this.#cut.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([this.#cut, bytes]);
    while (!this.#isOver) {
      const head = this.#frame ? undefined : headIn(rest);
      if (head) this.#begin(head);
      const frame = this.#frame;
      if (!frame || this.#isOver) break;
      const piece = rest.subarray(head?.size ?? 0).subarray(0, frame.left);
      rest = rest.subarray((head?.size ?? 0) + piece.length);
      this.#gather(frame, piece);
      if (frame.left > 0) break;
      this.#end(frame);
    }
    this.#cut = this.#isOver ? Buffer.alloc(0) : Buffer.from(rest);
  }

  /** Nothing more is read or held. */
  drop(): void {
    this.#isOver = true;
    this.#message?.drop();
    this.#message = undefined;
  }

  /** Before its bytes are waited for. */
  #begin(head: Head): void {
    const { opcode, left } = head.frame;
    const wrong = this.#wrongIn(head);
    this.#frame = head.frame;
    if (wrong !== undefined) this.#refuse(wrong);
    else if (opcode >= CLOSE) this.#control = new Gathered(CONTROL, opcode);
    else {
      this.#message ??= new Gathered(this.reading, opcode);
      if (!this.#message.announce(left)) this.#tooLarge();
    }
  }

  #wrongIn({ frame: { opcode, isLast, left }, isOdd }: Head): number | undefined {
    const isControl = opcode >= CLOSE;
    if (isOdd || opcode > PONG || (opcode > BINARY && !isControl)) return PROTOCOL_ERROR;
    if (isControl) return isLast && left <= CONTROL_BYTES ? undefined : PROTOCOL_ERROR;
    return (opcode === MORE) === (this.#message !== undefined) ? undefined : PROTOCOL_ERROR;
  }

  #gather(frame: Frame, piece: Buffer): void {
    frame.left -= piece.length;
    const gathered = frame.opcode >= CLOSE ? this.#control : this.#message;
    if (gathered?.add(piece) === false) this.#tooLarge();
  }

  #tooLarge(): void {
    if (this.reading.larger === "close") this.#refuse(TOO_BIG);
  }

  #end({ opcode, isLast }: Frame): void {
    this.#frame = undefined;
    if (this.#isOver || !isLast) return;
    const payload = this.#control.bytes;
    if (opcode < CLOSE) this.#whole();
    else if (opcode === PING) this.events.ping(payload);
    else if (opcode === CLOSE) this.#over(payload.length >= 2 ? payload.readUInt16BE(0) : NO_STATUS, payload.toString("utf8", 2));
  }

  #whole(): void {
    const message = this.#message;
    this.#message = undefined;
    if (message?.isTooLarge) this.events.leftOut?.();
    if (!message || message.isTooLarge) return;
    const data = message.opcode === TEXT ? textOf(message.bytes) : message.bytes;
    message.drop();
    if (data === undefined) this.#over(BAD_TEXT, "the seat's server sent text that isn't UTF-8");
    else this.events.message(data);
  }

  #refuse(code: number): void {
    this.#over(code, "the seat's server sent a frame that isn't taken");
  }

  #over(code: number, reason: string): void {
    this.drop();
    this.events.closed(code, reason);
  }
}

interface Head {
  frame: Frame;
  size: number;
  /** With a mask, which servers don't use, or an extension, which nobody asked for. */
  isOdd: boolean;
}

/** Undefined: it isn't whole yet. */
function headIn(bytes: Buffer): Head | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const size = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < size) return undefined;
  const left = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const isOdd = (first & 0x70) !== 0 || (second & 0x80) !== 0 || !Number.isSafeInteger(left);
  return { frame: { isLast: (first & 0x80) !== 0, opcode: first & 0x0f, left }, size, isOdd };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
