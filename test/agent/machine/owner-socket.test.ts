import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOwnerSocket } from "../../../agent/machine/owner-socket.ts";

const opened: { stop(): void }[] = [];
const directory = mkdtempSync(join(tmpdir(), "ct-owner-"));
const path = join(directory, "agent.socket");
afterEach(() => {
  for (const one of opened.splice(0)) one.stop();
});
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** A server at the path; its mode is looked at the moment it listens. */
function serve(): number {
  const server = Bun.serve({ unix: path, fetch: () => new Response("hello") });
  opened.push({ stop: () => void server.stop(true) });
  return statSync(path).mode & 0o777;
}
/** Whether a program of user 65534 and this group may connect: what Debian always has tries it. */
const mayConnect = async (group: number): Promise<boolean> => {
  const connect = ["perl", "-MIO::Socket::UNIX", "-e", "exit(IO::Socket::UNIX->new($ARGV[0]) ? 0 : 1)", path];
  return (await Bun.spawn(["setpriv", "--reuid=65534", `--regid=${group}`, "--clear-groups", ...connect]).exited) === 0;
};

test("nobody may open it while it is made, and its owner alone then; what was there before is replaced", () => {
  writeFileSync(path, "left by a killed agent");
  expect(openOwnerSocket(path, undefined, serve)).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(path).isSocket()).toBe(true);
});

test.skipIf(process.getuid?.() !== 0)("with a group its members may call, and other users may not (needs root)", async () => {
  chmodSync(directory, 0o700);
  openOwnerSocket(path, "games", serve);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  expect(statSync(directory).mode & 0o777).toBe(0o710);
  expect(await mayConnect(statSync(path).gid)).toBe(true);
  expect(await mayConnect(65534)).toBe(false);
});

test("a group that isn't there is an error with its setting, and no socket is made", () => {
  rmSync(path, { force: true });
  expect(() => openOwnerSocket(path, "no-such-group", serve)).toThrow(
    'CLARATEACH_SOCKET_GROUP is "no-such-group", which isn\'t in /etc/group: make it (groupadd no-such-group), or leave it out.',
  );
  expect(existsSync(path)).toBe(false);
});
