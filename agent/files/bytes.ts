import { fsync, read, write } from "node:fs";
import { promisify } from "node:util";
import { SystemError } from "../system-calls.ts";
import type { Descriptor } from "./descriptors.ts";

const readAsync = promisify(read);
const writeAsync = promisify(write);
const fsyncAsync = promisify(fsync);

/** Forces what was written to the disk. */
export const flush = ({ fd, disk }: Descriptor): Promise<void> => disk.run(() => fsyncAsync(fd));

/** One piece of a file on its way: large enough to be fast, small enough that many readers at once stay small. */
export const PIECE = 256 * 1024;

/** A file's bytes from `start` up to `end` (exclusive) or its end, whichever comes first; read on the thread pool, never on the loop. */
export async function* piecesOf({ fd, disk }: Descriptor, start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const want = Math.min(PIECE, end - at);
    const { bytesRead, buffer } = await disk.run(() => readAsync(fd, Buffer.allocUnsafe(want), 0, want, at));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** All of them, at the file's position. @throws ENOSPC and the like */
export async function writeAll({ fd, disk }: Descriptor, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await disk.run(() => writeAsync(fd, bytes, done, bytes.length - done));
    if (bytesWritten === 0) throw new SystemError("ENOSPC", "write");
    done += bytesWritten;
  }
}
