import { dlopen, type Pointer, read } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { Problem } from "../../../contract/errors.ts";

const CLONE_NEWNET = 0x40000000;

interface Libc {
  setns(fd: number, kind: number): number;
  __errno_location(): Pointer | null;
}

let libc: Libc | undefined;
let own: number | undefined;

/**
 * Calls `make` with this thread inside the network namespace at `path` and comes back before anything else runs. A socket belongs for ever
 * to the namespace it was made in: listening on, or connecting to, a seat's own localhost needs no program inside it.
 * `make` must create its socket before it returns; what it awaits afterwards is of no matter. 7 µs.
 * @param path a namespace's file: Docker's `NetworkSettings.SandboxKey`
 * @throws Problem `UNAVAILABLE` when the seat has no network (it doesn't run)
 */
export function inNetwork<T>(path: string, make: () => T): T {
  const theirs = openNamespace(path);
  try {
    own ??= openSync("/proc/thread-self/ns/net", "r");
    enter(theirs, path);
    try {
      return make();
    } finally {
      // Going on in a learner's network would be worse than not going on.
      if (load().setns(own, CLONE_NEWNET) !== 0) process.abort();
    }
  } finally {
    closeSync(theirs);
  }
}

function openNamespace(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new Problem("UNAVAILABLE", "The seat isn't running: it has no network.", { cause });
  }
}

function enter(fd: number, path: string): void {
  const lib = load();
  if (lib.setns(fd, CLONE_NEWNET) === 0) return;
  const where = lib.__errno_location();
  throw new Problem(
    "UNAVAILABLE",
    `cannot enter the network "${path}": errno ${where === null ? "unknown" : read.i32(where, 0)}`,
  );
}

function load(): Libc {
  libc ??= dlopen("libc.so.6", {
    setns: { args: ["i32", "i32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  }).symbols as Libc;
  return libc;
}
