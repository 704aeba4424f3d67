import { encodeInput, INPUT_LIMIT, UNACKED_LIMIT } from "../../../../agent/contract/terminal.ts";

interface Piece {
  seq: number;
  bytes: Uint8Array;
  sent: boolean;
  /** Meant for the connection it was made on; on another it would be garbage at the prompt. */
  passing: boolean;
}

const NOTHING: Uint8Array = new Uint8Array();

/**
 * What was typed and not yet acknowledged, in numbered pieces. After a cut the agent names the last piece it took; what is above is
 * sent again, so that nothing is lost and nothing comes twice.
 */
export class Outbox {
  #pieces: Piece[] = [];
  #bytes = 0;
  #next = 1;

  /** Bytes kept. */
  get size(): number {
    return this.#bytes;
  }

  /** Whether something waits for its acknowledgement. */
  get waiting(): boolean {
    return this.#pieces.some((piece) => piece.sent);
  }

  /** Keeps all of it, or nothing when it doesn't fit: half a paste is worse than none. */
  add(bytes: Uint8Array, passing = false): boolean {
    if (this.#bytes + bytes.length > UNACKED_LIMIT) return false;
    this.#bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) at += this.#put(bytes.subarray(at), passing);
    return true;
  }

  /** Frames of pieces that this connection hasn't carried yet. */
  unsent(): Uint8Array<ArrayBuffer>[] {
    const fresh = this.#pieces.filter((piece) => !piece.sent);
    for (const piece of fresh) piece.sent = true;
    return fresh.map((piece) => encodeInput(piece.seq, piece.bytes));
  }

  /** The agent took everything up to `seq`. */
  acked(seq: number): void {
    const rest = this.#pieces.findIndex((piece) => piece.seq > seq);
    const done = this.#pieces.splice(0, rest === -1 ? this.#pieces.length : rest);
    for (const piece of done) this.#bytes -= piece.bytes.length;
  }

  /** A new connection, on which the agent has `taken`: the rest shall be sent again. */
  welcomed(taken: number): void {
    this.acked(taken);
    for (const piece of this.#pieces) piece.sent = false;
    for (const piece of this.#pieces) if (piece.passing) this.#empty(piece);
    // An agent that knows more of this page than the page itself: numbers go on above.
    this.#next = Math.max(this.#next, taken + 1);
  }

  /** The shell that this was typed for is gone: nothing of it is sent. Answers what a person typed of it. */
  drop(): Uint8Array {
    const typed = this.#pieces.filter(({ passing }) => !passing).reduce((before, { bytes }) => joined(before, bytes), NOTHING);
    for (const piece of this.#pieces) this.#empty(piece);
    return typed;
  }

  #put(bytes: Uint8Array, passing: boolean): number {
    const last = this.#pieces.at(-1);
    if (last && !last.sent && last.passing === passing) {
      const more = bytes.subarray(0, whole(bytes, INPUT_LIMIT - last.bytes.length));
      last.bytes = joined(last.bytes, more);
      if (more.length > 0) return more.length;
    }
    const piece = bytes.slice(0, whole(bytes, INPUT_LIMIT));
    this.#pieces.push({ seq: this.#next++, bytes: piece, sent: false, passing });
    return piece.length;
  }

  /** A number that was used stays used, with nothing in it. */
  #empty(piece: Piece): void {
    this.#bytes -= piece.bytes.length;
    piece.bytes = NOTHING;
    piece.passing = false;
  }
}

/**
 * How much of `bytes` fits into `room` without cutting a character of UTF-8 in two: tmux takes a half one that waits longer than its
 * escape-time for something else, and the other half may be a slow network away.
 */
function whole(bytes: Uint8Array, room: number): number {
  if (bytes.length <= room) return bytes.length;
  let end = room;
  while (end > 0 && end > room - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
