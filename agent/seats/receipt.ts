import { NOTHING, sum } from "../contract/leftovers.ts";
import type { Leftovers } from "../contract/machine.ts";
import type { Memory } from "../engine/memory.ts";

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
