import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from "node:fs";
import { Problem } from "../../../../contract/errors.ts";
import { O_PATH } from "../../../../system-calls.ts";

/** The sticky bit means nothing at a socket, and programs leave it alone: it outlives the agent that set it. */
const OURS = 0o1000;

/** One that an agent has just made. Whatever somebody puts in its place meanwhile stays as it is. */
export function markSocket(unix: string): void {
  const fd = openSync(unix, O_PATH | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    if (found.isSocket()) chmodSync(`/proc/self/fd/${fd}`, (found.mode & 0o777) | OURS);
  } finally {
    closeSync(fd);
  }
}

/**
 * Takes away what an agent left that was killed, which nobody answers at. That nobody answers tells little of other programs' sockets: they may
 * begin in a moment, or take datagrams. @param path as people know it @throws Problem `STATE_CONFLICT` for all else that is there
 */
export function clearLeft(unix: string, path: string): void {
  const found = lstatSync(unix, { throwIfNoEntry: false });
  if (found && !found.isSocket())
    throw new Problem("STATE_CONFLICT", `${path} of this machine is there and is no socket. Move it away, then connect again.`);
  if (found && !(found.mode & OURS))
    throw new Problem(
      "STATE_CONFLICT",
      `${path} of this machine is taken: a socket is there that no tunnel left. End what made it and remove it (rm "${path}"), or let the plug's endpoint be another one.`,
    );
  rmSync(unix, { force: true });
}
