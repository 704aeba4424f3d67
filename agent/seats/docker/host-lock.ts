import { dlopen } from "bun:ffi";

const [LOCK_EX, LOCK_NB] = [2, 4];

/** Locks between all agents of this computer. The kernel lets go of one with the process, however it ends, or when the file is closed. */
export const waitForLock = (fd: number): boolean => flock(fd, LOCK_EX);

/** @returns whether it could be had now */
export const tryLock = (fd: number): boolean => flock(fd, LOCK_EX | LOCK_NB);

let loaded: ReturnType<typeof load> | undefined;

function flock(fd: number, how: number): boolean {
  loaded ??= load();
  return loaded.flock(fd, how) === 0;
}

const load = () => dlopen("libc.so.6", { flock: { args: ["i32", "i32"], returns: "i32" } }).symbols;
