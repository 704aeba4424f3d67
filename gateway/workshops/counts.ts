import type { Leftovers } from "../../agent/contract/machine.ts";

/** Of what leaves nothing to count behind. */
export const NOTHING: Leftovers = { processes: 0, directories: 0, sockets: 0, bytes: 0 };

/** Bytes are in directories: none of those, none of these. */
export const isEmpty = ({ processes, directories, sockets }: Leftovers): boolean => processes + directories + sockets === 0;

export const add = (a: Leftovers, b: Leftovers): Leftovers => ({
  processes: a.processes + b.processes,
  directories: a.directories + b.directories,
  sockets: a.sockets + b.sockets,
  bytes: a.bytes + b.bytes,
});

/** The larger of each count: what is counted twice was there once. */
export const larger = (a: Leftovers, b: Leftovers): Leftovers => ({
  processes: Math.max(a.processes, b.processes),
  directories: Math.max(a.directories, b.directories),
  sockets: Math.max(a.sockets, b.sockets),
  bytes: Math.max(a.bytes, b.bytes),
});
