import { chownSync, closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Problem } from "../../../../contract/errors.ts";
import { O_PATH } from "../../../../system-calls.ts";
import type { SeatPaths } from "../../names.ts";
import { insideOf, PLACES } from "./places.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * A way to a socket of a seat's disk that the learner can't turn: the kernel follows no link there (disk.ts), and its directory is open
 * meanwhile. It is short, too: a socket's path has at most 107 bytes.
 */
export interface Way extends Disposable {
  path: string;
}

/** @throws Problem `INVALID_INPUT`, `UNAVAILABLE` */
export function wayTo(paths: SeatPaths, path: string): Way {
  const inside = insideOf(path);
  if (!inside)
    throw new Problem("INVALID_INPUT", `${path} is nowhere a seat's sockets can be. Use a path below ${PLACES.join(", ")}.`);
  const fd = openDirectory(dirname(join(paths[inside.place], inside.rest)), path);
  return { path: `/proc/self/fd/${fd}/${basename(path)}`, [Symbol.dispose]: () => closeSync(fd) };
}

function openDirectory(outside: string, path: string): number {
  try {
    return openSync(outside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (cause) {
    throw new Problem("UNAVAILABLE", `The seat has no directory ${dirname(path)}. Make it there, without a link on the way.`, {
      cause,
    });
  }
}

/** What an agent that was killed left. @throws Problem `STATE_CONFLICT` for anything but a socket */
export function clearSocket(way: Way, path: string): void {
  const found = lstatSync(way.path, { throwIfNoEntry: false });
  if (found && !found.isSocket())
    throw new Problem("STATE_CONFLICT", `${path} of the seat is there and is no socket. Move it away, then connect again.`);
  rmSync(way.path, { force: true });
}

export interface Owner {
  uid: number;
  gid: number;
}

/** The learner's. Whatever she puts in its place meanwhile stays as it is. */
export function giveSocket(way: Way, { uid, gid }: Owner): void {
  const fd = openSync(way.path, O_PATH | O_NOFOLLOW);
  try {
    if (fstatSync(fd).isSocket()) chownSync(`/proc/self/fd/${fd}`, uid, gid);
  } finally {
    closeSync(fd);
  }
}
