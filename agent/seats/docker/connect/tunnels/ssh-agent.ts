import { chmodSync, chownSync, closeSync, openSync, rmSync } from "node:fs";
import type { SocketHandler } from "bun";
import { Problem } from "../../../../contract/errors.ts";
import { Asking } from "./asking.ts";
import { openDoor } from "./door.ts";
import { Pace } from "./pace.ts";
import type { Owner } from "./seat-files.ts";

/** In the directory of a seat where only root makes files (`SeatPaths.engine`). */
export const AGENT_SOCKET = "ssh-agent.sock";
/** Of one seat at once. */
const CONNECTIONS = 16;

/**
 * Whoever the seat's learner is may have the operator's agent list its keys and sign with them, and nothing else of it.
 * @param directory of root's, which the seat sees @param keys socket of the operator's agent @returns how to stop
 */
export function openSshAgent(directory: string, { uid, gid }: Owner, keys: string): () => void {
  // A socket's path has at most 107 bytes; this way to it is short, however long the directory's own is.
  const opened = openRoom(directory);
  const unix = `/proc/self/fd/${opened}/${AGENT_SOCKET}`;
  const open = new Set<Asking>();
  const listen = (socket: SocketHandler<Asking>) => {
    rmSync(unix, { force: true });
    const listener = Bun.listen<Asking>({ unix, socket });
    chmodSync(unix, 0o600);
    chownSync(unix, uid, gid);
    return { stop: () => listener.stop() };
  };
  try {
    const stop = openDoor(listen, forAsking(open, keys));
    return () => {
      stop();
      for (const asking of open) asking.end();
      closeSync(opened);
    };
  } catch (error) {
    closeSync(opened);
    throw error;
  }
}

function openRoom(directory: string): number {
  try {
    return openSync(directory, "r");
  } catch (cause) {
    throw new Problem("UNAVAILABLE", "The seat was made by an earlier release, without a place for it. Refresh the seat.", {
      cause,
    });
  }
}

export const NO_AGENT =
  "This machine offers seats no SSH agent. Its operator may set CLARATEACH_SSH_AGENT to the socket of one, and start ClaraTeach's agent again.";

/** Why nobody can sign with the keys there, for people. */
export async function whyNoAgent(keys: string | undefined): Promise<string | undefined> {
  if (keys === undefined) return NO_AGENT;
  try {
    (await Bun.connect({ unix: keys, socket: { data() {} } })).terminate();
    return undefined;
  } catch {
    return `No SSH agent answers at ${keys} of this machine. Start it there (ssh-agent -a ${keys}), then connect again.`;
  }
}

function forAsking(open: Set<Asking>, keys: string): SocketHandler<Asking> {
  const pace = new Pace();
  return {
    open: (socket) => {
      socket.data = new Asking(socket, pace);
      if (open.size >= CONNECTIONS) return socket.data.end();
      open.add(socket.data);
      void socket.data.reach(keys);
    },
    data: ({ data }, bytes) => data.asked(bytes),
    drain: ({ data }) => data.go(),
    close: ({ data }) => {
      open.delete(data);
      data.end();
    },
    error: ({ data }) => data.end(),
  };
}
