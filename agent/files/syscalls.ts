import { ptr } from "bun:ffi";
import { openBeneath, SystemError, systemCall } from "../system-calls.ts";

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Where a file's next bytes begin that aren't a hole; undefined when only a hole follows. @throws SystemError */
export function seekData(file: number, from: number): number | undefined {
  try {
    return systemCall("lseek", file, from, SEEK_DATA);
  } catch (error) {
    if (error instanceof SystemError && error.code === "ENXIO") return undefined;
    // A file system that doesn't know holes.
    if (error instanceof SystemError && error.code === "EINVAL") return from;
    throw error;
  }
}

/** Where the next hole begins, or the file ends. */
export function seekHole(file: number, from: number): number {
  try {
    return systemCall("lseek", file, from, SEEK_HOLE);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The next records of an open directory into `into`. @returns bytes written, 0 at the end  @throws SystemError */
export function readDirectory(directory: number, into: Uint8Array): number {
  return systemCall("getdents64", directory, ptr(into), into.length);
}

/** @throws Error in words, when this kernel (or a filter around the agent) has no openat2 */
export function requireOpenat2(): void {
  try {
    openBeneath(-1, Buffer.from("."), 0);
  } catch (error) {
    if (error instanceof SystemError && error.code === "EBADF") return;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`ClaraTeach needs Linux 5.6 or newer: learners' files can't be opened safely here (${why}).`, {
      cause: error,
    });
  }
}
