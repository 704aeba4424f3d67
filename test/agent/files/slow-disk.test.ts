/** A seat whose disk stands still: a file system of its own, frozen, so that every call that changes it waits in the kernel. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment } from "../../../provision/local/supervisor.ts";
import { until } from "../../support/until.ts";

const isRoot = process.getuid?.() === 0;

/** Aim 50 ms; the machine that runs tests is shared. A disk that stands still would hold the loop until it goes on. */
const LAG_MS = 250;

let directory: string;
let frozen: string;
let child: Bun.Subprocess<"pipe", "pipe", "inherit">;
let lines: AsyncIterator<string>;
let urls: string[];

const run = (...argv: string[]) => expect([argv, Bun.spawnSync(argv).exitCode]).toEqual([argv, 0]);
const next = async () => JSON.parse((await lines.next()).value ?? "");

async function longestGap(): Promise<number> {
  child.stdin.write("\n");
  child.stdin.flush();
  const { lag, surprises } = (await next()) as { lag: number; surprises: string[] };
  expect(surprises).toEqual([]);
  return lag;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let held = "";
  for await (const bytes of stream) {
    held += Buffer.from(bytes).toString();
    const whole = held.split("\n");
    held = whole.pop() ?? "";
    yield* whole;
  }
}

beforeAll(async () => {
  if (!isRoot) return;
  directory = fs.mkdtempSync(join(tmpdir(), "ct-slow-"));
  frozen = join(directory, "frozen");
  const [image, other] = [join(directory, "disk.img"), join(directory, "other")];
  for (const path of [frozen, other]) fs.mkdirSync(path);
  run("truncate", "-s", "64M", image);
  run("mkfs.ext4", "-q", image);
  run("mount", "-o", "loop", image, frozen);
  const program = new URL("./seats-server.ts", import.meta.url).pathname;
  child = Bun.spawn([process.execPath, program, frozen, other], {
    // Fewer threads than calls that will wait: a seat gets one of them.
    env: { ...environment(), UV_THREADPOOL_SIZE: "16" },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  lines = linesOf(child.stdout);
  urls = await next();
});
afterAll(async () => {
  if (!isRoot) return;
  // Where a test was given up in the middle, nobody could end what waits for this disk.
  Bun.spawnSync(["fsfreeze", "--unfreeze", frozen]);
  child.kill();
  await child.exited;
  run("umount", frozen);
  fs.rmSync(directory, { recursive: true });
});

const put = (base: string | undefined, path: string) => fetch(`${base}/workspace/${path}?raw`, { method: "PUT", body: "x" });
const post = (name: string, body: object) => fetch(`${urls[0]}/${name}`, { method: "POST", body: JSON.stringify(body) });
const entries = () => fs.readdirSync(frozen).filter((name) => name !== "lost+found");
const clear = () => entries().map((name) => fs.rmSync(join(frozen, name), { recursive: true }));

/** Each is the first to wait in its turn. @returns names as they are afterwards, in order */
const CALLS: Record<string, { calls: () => Promise<Response>[]; after: string[] }> = {
  "a save": { calls: () => [put(urls[0], "f")], after: ["f", "folder", "old"] },
  "a save below new folders": { calls: () => [put(urls[0], "a/b/f")], after: ["a", "folder", "old"] },
  "a new folder": { calls: () => [post("mkdir", { path: "/workspace/made" })], after: ["folder", "made", "old"] },
  "a file's new name": {
    calls: () => [post("rename", { from: "/workspace/old", to: "/workspace/new" })],
    after: ["folder", "new"],
  },
  "a folder's new name": {
    calls: () => [post("rename", { from: "/workspace/folder", to: "/workspace/moved" })],
    after: ["moved", "old"],
  },
  "a file's end": { calls: () => [fetch(`${urls[0]}/workspace/old`, { method: "DELETE" })], after: ["folder"] },
  "a folder's end": { calls: () => [fetch(`${urls[0]}/workspace/folder`, { method: "DELETE" })], after: ["old"] },
  "more calls than the pool has threads": {
    calls: () => Array.from({ length: 24 }, () => post("mkdir", { path: `/workspace/${crypto.randomUUID()}/x` })),
    after: [],
  },
};

test.skipIf(!isRoot).each(Object.entries(CALLS))(
  "%s on a disk that stands still makes no other seat wait",
  async (_, { calls, after }) => {
    clear();
    for (const path of ["old", "folder/f"]) expect((await put(urls[0], path)).status).toBe(200);
    await longestGap();
    run("fsfreeze", "--freeze", frozen);
    let answered = 0;
    let waiting: Promise<number>[] = [];
    let saved = 0;
    try {
      waiting = calls().map(async (answer) => {
        const { status } = await answer;
        answered++;
        return status;
      });
      void (async () => {
        for (; saved < 10; saved++) expect((await put(urls[1], `f${saved % 5}`)).status).toBe(200);
      })();
      await until("the other seat's saves", () => saved === 10);
      expect(await longestGap()).toBeLessThan(LAG_MS);
      expect(answered).toBe(0);
    } finally {
      run("fsfreeze", "--unfreeze", frozen);
    }
    expect((await Promise.all(waiting)).filter((status) => status >= 300)).toEqual([]);
    if (after.length > 0) expect(entries().sort()).toEqual(after);
  },
);

test("an agent has threads for file calls beyond those that ten seats' disks may hold", () => {
  expect(Math.floor(Number(environment().UV_THREADPOOL_SIZE) / 16)).toBeGreaterThan(1);
});
