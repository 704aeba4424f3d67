import { closeSync, readSync } from "node:fs";
import { LISTENING, socketsIn } from "./kernel-sockets.ts";

/** The kernel's list names who listens first; what comes after so many lines of it isn't looked for. */
const READ_LIMIT = 256 * 1024;
/** Of one seat. */
const MOST_PORTS = 64;

/** Addresses as the kernel writes them, at which a call to the seat's localhost arrives: any and localhost, of both kinds. */
const REACHED = new Set([
  "00000000",
  "0100007F",
  "0".repeat(32),
  `${"0".repeat(24)}01000000`,
  `${"0".repeat(16)}FFFF00000100007F`,
]);

/** Who listens at one port. */
export interface Listening {
  port: number;
  uid: number;
  inode: number;
}

/** Ports at which nobody but whom `isHers` names listens: which of two a call would reach isn't ours to say. Ascending, so many at most. */
export function portsOf(found: readonly Listening[], isHers: (one: Listening) => boolean): number[] {
  const others = new Set(found.filter((one) => !isHers(one)).map(({ port }) => port));
  const hers = new Set(found.map(({ port }) => port)).difference(others);
  return [...hers].sort((a, b) => a - b).slice(0, MOST_PORTS);
}

/**
 * Who listens on localhost, by the kernel's own lists.
 * @param open a list's descriptor, read and closed here; negative: there is none, as where there is no IPv6
 */
export const listeningBy = (open: (kind: "tcp" | "tcp6") => number): Listening[] =>
  [open("tcp"), open("tcp6")].flatMap((fd) => (fd < 0 ? [] : parseListening(beginningOf(fd))));

/** Of a table of the kernel's: who listens there where a call to localhost arrives. */
export const parseListening = (table: string): Listening[] =>
  socketsIn(table)
    .filter(({ state, address }) => state === LISTENING && REACHED.has(address))
    .map(({ port, uid, inode }) => ({ port, uid, inode }));

function beginningOf(fd: number): string {
  try {
    const bytes = Buffer.alloc(READ_LIMIT);
    let length = 0;
    for (let read = -1; read !== 0 && length < READ_LIMIT; length += read)
      read = readSync(fd, bytes, length, READ_LIMIT - length, null);
    return bytes.toString("latin1", 0, length);
  } finally {
    closeSync(fd);
  }
}
