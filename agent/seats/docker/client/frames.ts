/** Without a tty Docker puts 8 bytes before each piece: stream (1 stdout, 2 stderr), 3 zeroes, length (uint32, big endian). */
const HEAD = 8;

/** Takes bytes as they come and gives each piece with its stream; pieces of one frame may come apart. */
export class FrameReader {
  #head = Buffer.alloc(0);
  #left = 0;
  #stream = 1;

  constructor(readonly give: (stream: number, bytes: Uint8Array) => void) {}

  take(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) rest = this.#left > 0 ? this.#body(rest) : this.#header(rest);
  }

  #header(bytes: Uint8Array): Uint8Array {
    const wanted = HEAD - this.#head.length;
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, wanted)]);
    if (this.#head.length === HEAD) {
      this.#stream = this.#head[0] ?? 1;
      this.#left = this.#head.readUInt32BE(4);
      this.#head = Buffer.alloc(0);
    }
    return bytes.subarray(wanted);
  }

  #body(bytes: Uint8Array): Uint8Array {
    const piece = bytes.subarray(0, this.#left);
    this.#left -= piece.length;
    this.give(this.#stream, piece);
    return bytes.subarray(piece.length);
  }
}
