import { dlopen, FFIType, ptr, read } from "bun:ffi";
import { constants as fsConstants } from "node:fs";
import { constants as osConstants } from "node:os";

/*
 * System calls that neither Node's nor Bun's `fs` offers, for every room. By number through glibc's `syscall`, so that one table serves both
 * processors and an older libc; they work the same in the compiled executable.
 */

/** The same on every processor: newer than their common table. */
const NEW = { open_tree: 428, move_mount: 429, openat2: 437, mount_setattr: 442 } as const;
const NUMBERS = {
  x64: { ...NEW, getdents64: 217, lseek: 8 },
  arm64: { ...NEW, getdents64: 61, lseek: 62 },
} as const;

type Numbers = Readonly<Record<keyof (typeof NUMBERS)["x64"], number>>;

const { O_NONBLOCK, O_NOCTTY } = fsConstants;
export const O_CLOEXEC = 0x80000;

/** A place in the tree, not what is there. */
export const O_PATH = 0x200000;

/** include/uapi/linux/openat2.h: no magic links, no symbolic links, nothing above where it starts. */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE = BigInt(RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);

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

interface SystemCalls {
  syscall(number: number, a: number, b: number, c: number, d: number, e: number): number | bigint;
  /** Why the last call of this thread was refused, by name. */
  refusal(): string;
  numbers: Numbers;
}

let loaded: SystemCalls | undefined;

/** Once: whoever is where nothing may be loaded, as in a learner's mount namespace, has called it before. */
export function systemCalls(): SystemCalls {
  loaded ??= load();
  return loaded;
}

function load(): SystemCalls {
  const numbers = NUMBERS[process.arch as keyof typeof NUMBERS];
  if (!numbers || process.platform !== "linux")
    throw new Error(`ClaraTeach's agent runs on Linux (x64, arm64); this is ${process.platform} ${process.arch}.`);
  const long = FFIType.i64_fast;
  const { symbols } = dlopen("libc.so.6", {
    syscall: { args: [long, long, long, long, long, long], returns: long },
    __errno_location: { args: [], returns: FFIType.ptr },
  });
  const refusal = (): string => {
    const at = symbols.__errno_location();
    const number = at === null ? 0 : read.i32(at, 0);
    return ERRNO_NAMES.get(number) ?? `errno ${number}`;
  };
  return { syscall: symbols.syscall as unknown as SystemCalls["syscall"], refusal, numbers };
}

/** @throws SystemError */
export function systemCall(name: keyof Numbers, a: number, b: number, c = 0, d = 0, e = 0): number {
  const { syscall, refusal, numbers } = systemCalls();
  const result = Number(syscall(numbers[name], a, b, c, d, e));
  if (result >= 0) return result;
  throw new SystemError(refusal(), name);
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
      return systemCall("openat2", directory, ptr(name), ptr(how), how.byteLength);
    } catch (error) {
      if (!(error instanceof SystemError) || !["EAGAIN", "EINTR"].includes(error.code) || race >= RACES) throw error;
    }
  }
}

/** As the kernel takes a name: with a NUL at its end. */
export function terminated(name: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(name.length + 1);
  bytes.set(name);
  return bytes;
}
