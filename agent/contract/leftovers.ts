import type { Leftovers } from "./machine.ts";

/** Of what leaves nothing to count behind. */
export const NOTHING: Leftovers = { processes: 0, directories: 0, sockets: 0, bytes: 0 };

/** Bytes are in directories: none of those, none of these. */
export const isEmpty = ({ processes, directories, sockets }: Leftovers): boolean => processes + directories + sockets === 0;

export const sum = (all: readonly Leftovers[]): Leftovers => merged(all, (a, b) => a + b);

/** The largest of each count: what was counted twice was there once. */
export const largest = (all: readonly Leftovers[]): Leftovers => merged(all, Math.max);

const merged = (all: readonly Leftovers[], merge: (a: number, b: number) => number): Leftovers =>
  all.reduce(
    (a, b) => ({
      processes: merge(a.processes, b.processes),
      directories: merge(a.directories, b.directories),
      sockets: merge(a.sockets, b.sockets),
      bytes: merge(a.bytes, b.bytes),
    }),
    NOTHING,
  );
