/** One seat does its worst; the others type on, and the machine's loop is watched all the while. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join as path } from "node:path";
import { NEWS_PING } from "../../agent/contract/seat-news.ts";
import { FRAMES_AT_ONCE } from "../../agent/pace.ts";
import { openViewer, type Viewer } from "../../scripts/benchmarks/viewer.ts";
import { type Attacked, startAttacked } from "../support/attacked.ts";
import { frame, openRaw } from "../support/raw.ts";
import { until } from "../support/until.ts";

/**
 * Whoever makes the loop work longer in one turn is felt by nine others; waits for a processor or a disk are not in it. On a quiet computer all of
 * these hold it 30 ms at most (the bench's aim is 50), and two to three times as long where others use the same cores at the same moment.
 */
const HELD_MS = 150;
/**
 * A thousand connections that were made while the processor was elsewhere are taken in one turn, by Bun: 5 ms on a quiet computer, 15 to 100 in
 * forty runs on a busy one. How many begin in a turn was bounded once, and changed nothing.
 */
const TAKEN_MS = 250;
/** Waits and all: what stops the class, however busy the machine is with other things. */
const HANG_MS = 2000;
const isRoot = process.getuid?.() === 0;

let at: Attacked;
let victim: Viewer;
let workspace: string;
beforeAll(async () => {
  at = await startAttacked();
  workspace = path(at.directory, "seats", "01", "workspace");
  victim = await openViewer(at.learners[1]);
  victim.type("cat\r");
});
beforeEach(async () => {
  await at.metrics();
});
afterAll(async () => {
  victim?.close();
  await at?.world.end();
});

/** @returns milliseconds until it is on the screen */
async function typed(viewer: Viewer, text: string): Promise<number> {
  const from = performance.now();
  let at = 0;
  void viewer.sees(text).then(() => (at = performance.now()));
  viewer.type(text);
  await until(`the echo of ${text}`, () => at > 0);
  return at - from;
}

const call = (rest: string, init: RequestInit = {}) => {
  const { base, path: seat, token } = at.learners[0];
  // Connections that a pool keeps would look like files that the agent left open.
  return fetch(`${base}${seat}/files${rest}`, {
    ...init,
    keepalive: false,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
};
const headers = () => ({ Authorization: `Bearer ${at.learners[0].token}` });

/** Runs the attack while the other learner types; each of her keys comes back, and the agent answers. */
async function whileTyping<T>(what: string, attack: () => Promise<T>, most = HELD_MS): Promise<T> {
  let over = false;
  const running = attack().finally(() => (over = true));
  const echoes: number[] = [];
  do {
    if (echoes.length % 8 === 0) victim.type("\r");
    echoes.push(await typed(victim, crypto.randomUUID().slice(0, 8)));
  } while (!over);
  const result = await running;
  const { heldMs, maxMs } = await at.metrics();
  const slowest = Math.max(...echoes).toFixed(0);
  const held = `loop held ${heldMs} ms at most (${maxMs} with waits)`;
  console.log(`    ${what}: ${held}; ${echoes.length} echoes, the slowest ${slowest} ms`);
  expect(heldMs).toBeLessThan(most);
  expect(maxMs).toBeLessThan(HANG_MS);
  await at.stillWell();
  return result;
}

test("pipes, sockets and devices in a workspace: listed, watched, read, packed", async () => {
  const run = (...argv: string[]) => Bun.spawnSync(argv, { cwd: workspace }).exitCode;
  for (let i = 0; i < 20; i++) expect(run("mkfifo", `pipe${i}`)).toBe(0);
  if (isRoot)
    for (const [name, minor] of [
      ["zero", "5"],
      ["random", "9"],
      ["tty", "0"],
    ] as const)
      run("mknod", name, "c", name === "tty" ? "5" : "1", minor);
  const socket = createServer().listen(path(workspace, "socket"));
  await until("the socket", () => existsSync(path(workspace, "socket")));
  await whileTyping("special files", async () => {
    const names = readdirSync(workspace);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      for (const suffix of ["", "?download"]) expect((await call(`/workspace/${name}${suffix}`)).status, name).toBe(403);
      expect((await call(`/workspace/${name}?raw`, { method: "PUT", body: "x" })).status, name).toBe(403);
    }
    const listed = (await (await call("/workspace")).json()) as { files: { kind?: string }[] };
    expect(listed.files.filter(({ kind }) => kind === "special")).toHaveLength(names.length);
    const zip = Buffer.from(await (await call("/archive")).arrayBuffer());
    expect(zip.includes("LEFT-OUT.txt")).toBe(true);
  });
  socket.close();
  for (const name of readdirSync(workspace)) expect((await call(`/workspace/${name}`, { method: "DELETE" })).status).toBe(204);
});

test("a directory of 100,000 entries, watched, listed twenty times at once and packed", async () => {
  await whileTyping("100,000 entries", async () => {
    const watch = await openRaw(at.agent, "/vm/01/files/watch", headers());
    mkdirSync(path(workspace, "big"));
    watch.send(frame(JSON.stringify({ type: "watch", paths: ["/workspace", "/workspace/big"] })));
    await Bun.spawn(["sh", "-c", "seq 1 100000 | xargs touch"], { cwd: path(workspace, "big") }).exited;
    await until("the watch to tell of it", () => watch.received() > 200);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call("/workspace/big")));
    for (const answer of answers) expect(((await answer.json()) as { total: number }).total).toBe(100_000);
    const archive = await call("/archive");
    let bytes = 0;
    for await (const piece of archive.body ?? []) bytes += (piece as Uint8Array).length;
    expect(bytes).toBeGreaterThan(10_000_000);
    watch.end();
    expect((await call("/workspace/big", { method: "DELETE" })).status).toBe(204);
  });
});

test("a file of 2 GB downloaded and packed, read slowly and given up", async () => {
  const file = path(workspace, "sparse");
  writeFileSync(file, crypto.getRandomValues(new Uint8Array(65_536)));
  truncateSync(file, 2 ** 31);
  await whileTyping("2 GB", async () => {
    const abort = new AbortController();
    const answers = await Promise.all(
      ["/archive", "/workspace/sparse?download"].map((rest) => call(rest, { signal: abort.signal })),
    );
    for (const answer of answers) {
      const reader = answer.body?.getReader();
      for (let taken = 0; taken < 3_000_000; ) taken += (await reader?.read())?.value?.length ?? Number.POSITIVE_INFINITY;
    }
    abort.abort();
  });
  expect((await call("/workspace/sparse", { method: "DELETE" })).status).toBe(204);
});

test("1,000 calls at once: what is too much is said to be, the rest is answered", async () => {
  const seen = await whileTyping(
    "1,000 calls",
    async () => {
      const counts = new Map<number, number>();
      await Promise.all(
        Array.from({ length: 1000 }, async (_, i) => {
          const answer = await (i % 3
            ? call("/workspace")
            : call(`/workspace/f${i}`, { method: "PUT", body: '{"content":"x"}' }));
          await answer.arrayBuffer();
          counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
        }),
      );
      return counts;
    },
    TAKEN_MS,
  );
  expect([...seen.keys()].filter((status) => status !== 200 && status !== 429)).toEqual([]);
  expect(seen.get(200) ?? 0).toBeGreaterThan(0);
});

test("16 saves of 5 MB at once, and the largest and slowest JSON that is taken", async () => {
  const saveAll = async (query: string, body: string) => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => call(`/workspace/large${i}${query}`, { method: "PUT", body })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  };
  await whileTyping("16 large saves", async () => {
    await saveAll("?raw", "x\n".repeat(2_500_000));
    await saveAll("", JSON.stringify({ content: "\n".repeat(520_000) }));
    const nested = await call("/workspace/nested", { method: "PUT", body: `{"content":"x","more":${"[".repeat(1_000_000)}` });
    expect(nested.status).toBe(400);
  });
});

test("200 WebSockets: the seat keeps as many as it may, and all go when it leaves", async () => {
  await whileTyping("200 WebSockets", async () => {
    const places = ["/vm/01/terminal", "/vm/01/files/watch", "/vm/01/news"];
    const sockets = await Promise.all(Array.from({ length: 200 }, (_, i) => openRaw(at.agent, places[i % 3] ?? "", headers())));
    const closed: number[] = [];
    for (const socket of sockets) void socket.closed.then((code) => closed.push(code));
    await until("those above the limit to be closed", () => closed.length >= 160);
    expect((await at.metrics()).sockets).toBeLessThanOrEqual(41);
    for (const socket of sockets) socket.end();
    await until("all to be gone", async () => (await at.metrics()).sockets === 1);
  });
});

const numbered = (seq: number) => {
  const bytes = Buffer.alloc(5, " ");
  bytes.writeUInt32BE(seq);
  return frame(bytes);
};
const FLOODS: Record<string, (i: number) => Buffer> = {
  "input of one byte": (i) => numbered(i + 1),
  "input sent again": () => numbered(1),
  pings: () => frame('{"type":"ping"}'),
  resizes: (i) => frame(JSON.stringify({ type: "resize", cols: 20 + (i % 100), rows: 20 })),
};

test.each(Object.entries(FLOODS))(
  "four megabytes of small frames (%s) cost the seat its line, not the others their turn",
  async (name, make) => {
    const bytes = Buffer.concat(Array.from({ length: 4_000_000 / make(0).length }, (_, i) => make(i)));
    await whileTyping(name, async () => {
      const socket = await openRaw(at.agent, "/vm/01/terminal", { ...headers(), "Sec-WebSocket-Protocol": "clarateach.v1" });
      const client = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
      socket.send(frame(JSON.stringify({ type: "hello", client, cols: 80, rows: 24 })));
      await until("the prompt", () => socket.received() > 200);
      socket.send(bytes);
      await socket.closed;
    });
  },
);

test("a seat's news, asked for without end: one answer a second, and the line goes", async () => {
  const pings = Buffer.concat(Array.from({ length: 200_000 }, () => frame(NEWS_PING)));
  await whileTyping("news", async () => {
    const socket = await openRaw(at.agent, "/vm/01/news", headers());
    await until("the first news", () => socket.received() > 0);
    socket.send(pings);
    await socket.closed;
    expect(socket.received()).toBeLessThan(1000);
  });
});

test("a page that sends as much as one may at once keeps its line", async () => {
  const client = await openViewer(at.learners[0]);
  client.type("cat\r");
  for (let i = 0; i < FRAMES_AT_ONCE / 2; i++) client.type("a");
  client.type("\r");
  await typed(client, "still-here");
  client.close();
});

test("a terminal that prints without end, read and not read", async () => {
  const reading = await openViewer(at.learners[0]);
  const silent = await openRaw(at.agent, "/vm/01/terminal", headers());
  silent.socket.pause();
  reading.type("\x03\rseq 1 100000000\r");
  await whileTyping("a flood", async () => {
    await until("a megabyte of what is left of it", () => reading.received() > 1_000_000);
    reading.type("\x03");
    for (const one of [reading, { close: silent.end }]) one.close();
  });
});

test.if(isRoot)("a full disk: the save says so, the old content stays, nothing is left over", async () => {
  const small = path(workspace, "small");
  mkdirSync(small);
  expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", workspace]).exitCode).toBe(0);
  try {
    await whileTyping("a full disk", async () => {
      expect((await call("/workspace/kept", { method: "PUT", body: '{"content":"before"}' })).status).toBe(200);
      for (const init of [
        { body: JSON.stringify({ content: "x".repeat(1_020_000) }) },
        { body: new Uint8Array(5_000_000), raw: true },
      ]) {
        const answer = await call(`/workspace/kept${"raw" in init ? "?raw" : ""}`, { method: "PUT", body: init.body });
        const { error } = (await answer.json()) as { error: { message: string } };
        expect([answer.status, error.message]).toEqual([413, expect.stringMatching(/disk is full.*unchanged/)]);
      }
      expect(readFileSync(path(workspace, "kept"), "utf8")).toBe("before");
      expect(readdirSync(workspace)).toEqual(["kept"]);
    });
  } finally {
    Bun.spawnSync(["umount", workspace]);
  }
  expect((await call("/workspace/kept")).status).toBe(404);
});
