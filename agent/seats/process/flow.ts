import { dlopen } from "bun:ffi";
import { closeSync, constants, openSync, readlinkSync } from "node:fs";

/** `tcflow` of termios.h: holds back, and lets go on, what programs write to a terminal. */
export const TCOOFF = 0;
export const TCOON = 1;

/** The terminal's own device; its number is its while our end is open. */
export function lineOf(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/fd/0`);
    return path.startsWith("/dev/pts/") ? path : undefined;
  } catch {
    // It ended at once.
    return undefined;
  }
}

let libc: { tcflow(fd: number, action: number): number } | undefined;

export function setFlow(line: string, action: number): void {
  libc ??= dlopen("libc.so.6", { tcflow: { args: ["i32", "i32"], returns: "i32" } }).symbols;
  let fd = -1;
  try {
    // Never held open: our end would not learn of the program's end.
    fd = openSync(line, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    libc.tcflow(fd, action);
  } catch {
    // The viewer left meanwhile.
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
