/** An instructor stops and starts seats of a running class: gateway and compiled agent, the page live. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { WorkshopView } from "../../views/workshop.ts";
import { type Desk, KEY, openDesk } from "../gateway/support.ts";
import { until } from "../support/until.ts";

const agent = join(import.meta.dir, "..", "..", "dist", "clarateach-agent");
let desk: Desk;
let id: string;
let last: WorkshopView | undefined;
const over = new AbortController();
const sees = (what: string, is: (view: WorkshopView) => boolean) => until(what, () => last && is(last));
const statusOf = (seat: number) => (view: WorkshopView) => view.seats[seat - 1]?.status;

beforeAll(async () => {
  desk = await openDesk([agent]);
  const { workshops } = desk.gateway.services;
  ({ id } = await workshops.create("local", { name: "Mended", seats: 3, apiKey: KEY }));
  await workshops.start("local", id);
  void (async () => {
    for await (const view of workshops.watch("local", id, over.signal)) last = view;
  })();
  await sees("the class", ({ state, progress }) => state === "running" && progress.ready === 3);
});
afterAll(async () => {
  await desk.gateway.services.workshops.stop("local", id);
  over.abort();
  await desk.end();
});

const post = (path: string, body?: unknown) => desk.ask("POST", `/api/workshops/${id}${path}`, body);

test("one seat is stopped and started again, seen as it goes, and the others stay ready", async () => {
  const { status, body } = await post("/seats/02/stop");
  expect([status, body.changes.length]).toEqual([202, 1]);
  await sees("seat 2 stopped", (view) => statusOf(2)(view) === "stopped");
  await sees("the change's end", ({ changes }) => changes.some(({ summary, is }) => summary === "Stop seat 02" && is === "done"));
  expect(last?.seats.map(({ status }) => status)).toEqual(["ready", "stopped", "ready"]);
  expect(await post("/seats/02/stop")).toMatchObject({ status: 200, body: { changes: [] } });
  expect((await post("/seats/all/start")).body).toMatchObject({ changes: [expect.any(String)], left: [1, 3] });
  await sees("seat 2 ready", (view) => statusOf(2)(view) === "ready");
});

test("plain processes aren't made again: no menu offers it, and whoever asks reads why", async () => {
  expect(last?.seats[0]?.operations).toEqual(["stop", "remove", "exec"]);
  const refused = await post("/seats/01/restore");
  expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining("are plain processes")]);
  expect((await post("/seats/all/refresh")).body.error.message).toStartWith("No seat can refresh now.");
  const none = await desk.ask("GET", `/api/workshops/${id}/seats/01/connections`);
  expect([none.status, none.body.error.message]).toEqual([400, expect.stringContaining("have no connections")]);
});
