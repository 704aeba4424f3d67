import { dlopen, FFIType, ptr, read } from "bun:ffi";
import { constants as fsConstants } from "node:fs";
import { constants as osConstants } from "node:os";

/**
 * The system calls that neither Node's nor Bun's `fs` offers. By number through glibc's `syscall`, so that one table serves both
 * processors and an older libc; they work the same in the compiled executable.
 */
const NUMBERS = {
  x64: { openat2: 437, getdents64: 217, lseek: 8 },
  arm64: { openat2: 437, getdents64: 61, lseek: 62 },
} as const;

const { O_NONBLOCK, O_NOCTTY } = fsConstants;
export const O_CLOEXEC = 0x80000;

/** A place in the tree, not what is there. */
export const O_PATH = 0x200000;

/** include/uapi/linux/openat2.h: no magic links, no symbolic links, nothing above where it starts. */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE = BigInt(RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
const OPEN_HOW_BYTES = 24;

/** openat2 answers EAGAIN when something was renamed during its look-up; a learner who renames in a loop loses after this many. */
const RACES = 64;

const ERRNO_NAMES = new Map(Object.entries(osConstants.errno).map(([name, number]) => [number, name]));

/** What the kernel refused, in the shape of `fs` errors: `code` is "ENOENT" and the like. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  constructor(
    readonly code: string,
    call: string,
  ) {
    super(`${call}: ${code}`);
  }
}

type LongCall = (number: number, a: number, b: number, c: number, d: number, e: number) => number | bigint;
interface Libc {
  syscall: LongCall;
  errno(): number;
  numbers: { openat2: number; getdents64: number; lseek: number };
}

let loaded: Libc | undefined;

function libc(): Libc {
  if (loaded) return loaded;
  const numbers = NUMBERS[process.arch as keyof typeof NUMBERS];
  if (!numbers || process.platform !== "linux")
    throw new Error(`ClaraTeach's agent runs on Linux (x64, arm64); this is ${process.platform} ${process.arch}.`);
  const long = FFIType.i64_fast;
  const { symbols } = dlopen("libc.so.6", {
    syscall: { args: [long, long, long, long, long, long], returns: long },
    __errno_location: { args: [], returns: FFIType.ptr },
  });
  const errno = () => {
    const at = symbols.__errno_location();
    return at === null ? 0 : read.i32(at, 0);
  };
  loaded = { syscall: symbols.syscall as unknown as LongCall, errno, numbers };
  return loaded;
}

function call(name: keyof Libc["numbers"], a: number, b: number, c: number, d: number, e: number): number {
  const { syscall, errno, numbers } = libc();
  const result = Number(syscall(numbers[name], a, b, c, d, e));
  if (result >= 0) return result;
  const number = errno();
  throw new SystemError(ERRNO_NAMES.get(number) ?? `errno ${number}`, name);
}

/**
 * Opens a path below an open directory; no symbolic link is followed and nothing above it is reached. Never blocks (a FIFO would stop the
 * whole agent) and never becomes the controlling terminal.
 * @param path relative, any bytes but NUL  @param mode only with O_CREAT  @returns a descriptor  @throws SystemError
 */
export function openBeneath(directory: number, path: Uint8Array, flags: number, mode = 0): number {
  // openat2 refuses the two together with O_PATH, which opens nothing anyway.
  const quiet = flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY;
  const how = new BigUint64Array([BigInt(flags | quiet | O_CLOEXEC), BigInt(mode), RESOLVE]);
  const name = terminated(path);
  for (let race = 0; ; race++) {
    try {
      return call("openat2", directory, ptr(name), ptr(how), OPEN_HOW_BYTES, 0);
    } catch (error) {
      if (!(error instanceof SystemError) || !["EAGAIN", "EINTR"].includes(error.code) || race >= RACES) throw error;
    }
  }
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Where a file's next bytes begin that aren't a hole; undefined when only a hole follows. @throws SystemError */
export function seekData(file: number, from: number): number | undefined {
  try {
    return call("lseek", file, from, SEEK_DATA, 0, 0);
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
    return call("lseek", file, from, SEEK_HOLE, 0, 0);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The next records of an open directory into `into`. @returns bytes written, 0 at the end  @throws SystemError */
export function readDirectory(directory: number, into: Uint8Array): number {
  return call("getdents64", directory, ptr(into), into.length, 0, 0);
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

function terminated(path: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(path.length + 1);
  bytes.set(path);
  return bytes;
}
