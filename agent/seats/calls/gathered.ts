/** What all who share it may still hold together. */
export interface Room {
  /** Bytes; may be below zero where what is held couldn't be refused. */
  left: number;
}

export interface Reading {
  /** Bytes of a message, which is held until it is whole. */
  most: number;
  /** What becomes of a larger one: nothing is read after it, or it is left out and the next one comes. */
  larger: "close" | "leave out";
  /** What finds no place in it is too large, too. Missing: there is as much as anybody likes. */
  room?: Room | undefined;
}

/** A message's bytes in one piece, whatever it came in; of what is too large nothing is kept. */
export class Gathered {
  isTooLarge = false;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor(
    private readonly reading: Reading,
    readonly opcode: number,
  ) {}

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @returns whether so many more are taken at all */
  announce(count: number): boolean {
    return !this.isTooLarge && (this.#length + count <= this.reading.most || this.#refuse());
  }

  /** @returns false: it is too large */
  add(piece: Uint8Array): boolean {
    if (this.isTooLarge) return false;
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length && !this.#grow(needed)) return this.#refuse();
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
    return true;
  }

  drop(): void {
    if (this.reading.room) this.reading.room.left += this.#bytes.length;
    this.#bytes = Buffer.alloc(0);
  }

  #grow(needed: number): boolean {
    const { most, room } = this.reading;
    const size = Math.min(most, Math.max(needed, 2 * this.#bytes.length));
    const more = size - this.#bytes.length;
    if (needed > most || (room && room.left < more)) return false;
    if (room) room.left -= more;
    const bytes = Buffer.alloc(size);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    return true;
  }

  #refuse(): false {
    this.drop();
    this.isTooLarge = true;
    return false;
  }
}
