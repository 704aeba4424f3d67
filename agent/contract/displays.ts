import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";

/** Where X servers have their sockets, one a display (X(7)): outside of every seat's directories. */
const SOCKETS = "/tmp/.X11-unix";

/**
 * Removes the sockets of X servers that were killed, and could not do it themselves: a seat leaves nothing. Only this user's, and only
 * those that nobody listens on. Answers how many there were.
 */
export async function removeDeadDisplays(directory = SOCKETS): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  let removed = 0;
  for (const name of names.filter((each) => /^X\d{1,5}$/.test(each))) {
    const path = `${directory}/${name}`;
    if (!(await isOwnSocket(path)) || (await isBound(path)) || !(await refuses(path))) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

async function isOwnSocket(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isSocket() === true && stats.uid === process.getuid?.();
}

/** Also one that is just about to listen. Those of other network namespaces aren't in the kernel's list: see `refuses`. */
async function isBound(path: string): Promise<boolean> {
  const list = await readFile("/proc/net/unix", "latin1").catch(() => path);
  return list.split("\n").some((line) => line.endsWith(` ${path}`));
}

function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.once("connect", () => settle(false));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => settle(code === "ECONNREFUSED"));
  });
}
