import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openIdentity } from "../../../agent/machine/identity.ts";
import { until } from "../../support/until.ts";
import { REPORT } from "../agents/reports.ts";
import { type Desk, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
let machine: Bun.Server<undefined>;
let directory: string;
let gone: AbortController;
/** When the machine was asked for its report, and when it had answered. */
let asked: { at: number; answered: number }[];
let opened: number;
let closed: number;
/** How often the class was shown. */
let shown: number;
let certificate: string;
let greet: (socket: Bun.ServerWebSocket<undefined>) => void;

/** A machine that was broken into: what it sends is the test's matter. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "clarateach-hints-"));
  [asked, opened, closed, shown, gone] = [[], 0, 0, 0, new AbortController()];
  const identity = openIdentity(directory, "machine");
  certificate = identity.certificate;
  machine = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", tls: { key: identity.key, cert: certificate } },
    fetch: (request, self) => {
      if (self.upgrade(request)) return undefined;
      const at = performance.now();
      setImmediate(() => asked.push({ at, answered: performance.now() }));
      return Response.json(REPORT);
    },
    websocket: {
      open: (socket) => {
        opened++;
        greet(socket);
      },
      close: () => void closed++,
      message: () => {},
    },
  });
});
afterEach(async () => {
  gone.abort();
  await machine.stop(true);
  await desk.end();
  rmSync(directory, { recursive: true });
});

/** Somebody looks at a class on that machine. */
async function watched(): Promise<void> {
  desk = await openDesk();
  const { id } = await runningRecord(desk);
  const detail = { certificate, plane: { host: "127.0.0.1", port: machine.port }, acknowledged: 1 };
  await desk.gateway.db
    .updateTable("resources")
    .set({ observed: "running", detail: JSON.stringify(detail) })
    .where("workshop", "=", id)
    .execute();
  const { owner } = await desk.gateway.db.selectFrom("workshops").select("owner").executeTakeFirstOrThrow();
  const views = desk.gateway.services.workshops.watch(owner, id, gone.signal);
  void (async () => {
    for await (const _ of views) shown++;
  })();
}

test("a machine that hints without end is asked four times a second and no more", async () => {
  greet = (socket) => {
    const timer = setInterval(() => (socket.readyState === 1 ? socket.send('{"type":"changed"}') : clearInterval(timer)), 5);
  };
  await watched();
  await until("the machine to be asked by its hints", () => asked.length >= 8);
  // The first are the page's own and that of a socket that was opened.
  const pauses = asked.slice(3).map(({ at }, i) => at - (asked[i + 2]?.answered ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThan(200);
});

for (const [what, flood] of [
  ["more than a hint has", (socket: Bun.ServerWebSocket<undefined>) => void socket.send("x".repeat(2000))],
  ["what is no text", (socket: Bun.ServerWebSocket<undefined>) => void socket.send(new Uint8Array(8))],
  [
    "hints by the thousand",
    (socket: Bun.ServerWebSocket<undefined>) => {
      for (let i = 0; i < 5000; i++) socket.send('{"type":"changed"}');
    },
  ],
] as const)
  test(`a machine that sends ${what} isn't listened to for a while`, async () => {
    greet = flood;
    await watched();
    await until("its socket to be closed", () => closed === 1);
    // Else the next look that finds the machine running opens another.
    for (let i = 0; i < 3; i++) {
      const before = shown;
      await desk.gateway.db
        .updateTable("workshops")
        .set(({ eb }) => ({ revision: eb("revision", "+", 1) }))
        .execute();
      await until("another look", () => shown > before);
    }
    expect([opened, closed]).toEqual([1, 1]);
  });
