import { PIECE, piecesOf } from "./bytes.ts";
import type { Descriptor } from "./descriptors.ts";
import { seekData, seekHole } from "./syscalls.ts";

const ZEROS = new Uint8Array(PIECE);

/** A file's bytes up to `size`, or its end when it became shorter. Its holes are never read: a file of 4 TB may be nothing else. */
export async function* bytesOf(file: Descriptor, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const data = seekData(file.fd, at) ?? Number(file.stat().size);
    for (const end = Math.min(data, size); at < end; at += PIECE) yield ZEROS.subarray(0, Math.min(PIECE, end - at));
    if (data >= size) return;
    at = data;
    const hole = Math.min(seekHole(file.fd, at), size);
    for await (const piece of piecesOf(file, at, hole)) {
      yield piece;
      at += piece.length;
    }
    if (at < hole) return;
  }
}
