import { chmodSync, chownSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** `sockaddr_un` takes 107 bytes. */
export const SOCKET_PATH_LIMIT = 107;

/** May be opened by nobody while it is made. */
const CLOSED = 0o777;

/**
 * The socket whose file says who may call. A socket that an agent before left, killed or not, is replaced: the machine's lock is ours.
 * @param group its members may call too; undefined: the agent's own user alone @param start listens at the path
 * @throws with a sentence when there is no such group, or it can't be given the socket
 */
export function openOwnerSocket<T>(path: string, group: string | undefined, start: () => T): T {
  const gid = group === undefined ? undefined : groupId(group);
  rmSync(path, { force: true });
  const umask = process.umask(CLOSED);
  let listening: T;
  try {
    listening = start();
  } finally {
    process.umask(umask);
  }
  if (gid !== undefined) giveTo(path, gid);
  chmodSync(path, gid === undefined ? 0o600 : 0o660);
  return listening;
}

/** The group also has to pass through the machine's directory; what is in there stays as closed as it is. */
function giveTo(path: string, gid: number): void {
  try {
    chownSync(path, process.getuid?.() ?? 0, gid);
    const directory = dirname(path);
    const { mode } = statSync(directory);
    if (mode & 0o001) return;
    chownSync(directory, process.getuid?.() ?? 0, gid);
    chmodSync(directory, (mode & 0o777) | 0o010);
  } catch (cause) {
    throw new Error(`cannot give "${path}" to the group of CLARATEACH_SOCKET_GROUP: the agent's user must be root or in it`, {
      cause,
    });
  }
}

function groupId(name: string): number {
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}:`));
  const gid = Number(line?.split(":")[2] ?? Number.NaN);
  if (Number.isInteger(gid)) return gid;
  throw new Error(
    `CLARATEACH_SOCKET_GROUP is "${name}", which isn't in /etc/group: make it (groupadd ${name}), or leave it out.`,
  );
}
