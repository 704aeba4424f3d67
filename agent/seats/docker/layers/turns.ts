import { closeSync, mkdirSync, openSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../host-lock.ts";

/** One file a layer and a machine, of all agents of this computer. Whose turn it is holds its lock; when it was changed tells when it was used. */
const TURNS = "/run/clarateach/layers";
/** A build takes seconds, and nobody waits for it in most cases. */
const LOOK_MS = 100;

/** Runs `work` when nobody else on this computer, in this agent or another, does something with `name`. @throws the signal's reason */
export async function inTurn<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const fd = open(name);
  try {
    while (!tryLock(fd)) {
      signal.throwIfAborted();
      await Bun.sleep(LOOK_MS);
    }
    return await work();
  } finally {
    closeSync(fd);
  }
}

/** As `inTurn`, or not at all. */
export async function ifFree(name: string, work: () => Promise<void>): Promise<void> {
  const fd = open(name);
  try {
    if (tryLock(fd)) await work();
  } finally {
    closeSync(fd);
  }
}

/** It is used now. */
export function noteUse(name: string): void {
  closeSync(open(name));
  const now = new Date();
  utimesSync(join(TURNS, name), now, now);
}

/** When it was last used, in milliseconds since 1970; 0 when nobody knows. */
export const lastUse = (name: string): number => statSync(join(TURNS, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Only root opens them: whoever can holds up every agent. */
function open(name: string): number {
  mkdirSync(TURNS, { recursive: true, mode: 0o700 });
  return openSync(join(TURNS, name), "a", 0o600);
}
