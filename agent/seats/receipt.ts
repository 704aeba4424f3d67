import type { Leftovers } from "../contract/machine.ts";
import type { Memory } from "../engine/memory.ts";

export const NOTHING: Leftovers = { processes: 0, directories: 0, sockets: 0, bytes: 0 };

export function sum(all: readonly Leftovers[]): Leftovers {
  return all.reduce(
    (a, b) => ({
      processes: a.processes + b.processes,
      directories: a.directories + b.directories,
      sockets: a.sockets + b.sockets,
      bytes: a.bytes + b.bytes,
    }),
    NOTHING,
  );
}

/**
 * Notes what a removal took away, while it does. One key a seat: the tasks of one seat follow each other, those of several don't.
 */
export function addRemoved(memory: Memory, seat: number, removed: Partial<Leftovers>): void {
  const key = `removed/${seat}`;
  const before = (memory.get(key) ?? NOTHING) as unknown as Leftovers;
  memory.set(key, { ...sum([before, { ...NOTHING, ...removed }]) });
}

/** All that was ever removed on this machine: the receipt. */
export function allRemoved(memory: Memory): Leftovers {
  return sum(memory.keys("removed/").map((key) => memory.get(key) as unknown as Leftovers));
}
