import { giveBack } from "./give-back.ts";

/**
 * Gathered before it is written, and the most of one body that waits here. It comes in pieces of 64 KiB: written one by one, each wakes its server anew,
 * and a gigabyte costs a third more of the processor. Only of bodies that go on coming so fast once as much of them came, and of as many at once: the
 * others have room for a piece.
 */
const GATHERED = 1536 * 1024;
const GATHERED_AT_ONCE = 16;
const PIECE = 64 * 1024;
/** Of chunks of a byte each many come at once. */
const LEAST = 4096;
let gathered = 0;

/** Answers once the bytes are taken. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/** What came in one turn of the loop is written together. Between two turns nobody has memory here but who filled it: of 600 who send slowly it was 100 MB. */
export class Room {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #isFast = false;
  #filled = 0;
  #sent = 0;
  #turn: NodeJS.Immediate | undefined;
  #writing: Promise<void> | undefined;

  /** @param most that will ever come */
  constructor(
    private readonly write: Write,
    private readonly most = Number.POSITIVE_INFINITY,
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
