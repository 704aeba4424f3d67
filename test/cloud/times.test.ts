/** A class on Google Cloud whose gateway isn't there at the end: the machine goes by itself, and whoever comes back says so. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join as path } from "node:path";
import type { Browser } from "playwright-core";
import { KEY } from "../gateway/support.ts";
import { launchChromium } from "../support/browser.ts";
import { type GoogleClassWorld, startGoogleClassWorld } from "../support/google-world.ts";
import { until } from "../support/until.ts";

let world: GoogleClassWorld;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([startGoogleClassWorld({ bootMs: 10, times: {} }), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.end();
});

/** From a start to when its machines go by themselves: four hours of class, and four of the longest extension. */
const LIFE_MS = 8 * 3_600_000;

test("a machine that its cloud removed while the gateway was away: stopped, with a receipt that says so; learners are told that it ended", async () => {
  const { clock } = world.google.world;
  // The class was begun eight hours ago: its machine's own end is now.
  clock.advance(-LIFE_MS);
  const { body: made } = await world.api("/api/workshops", {
    method: "POST",
    json: { name: "Left alone", seats: 1, apiKey: KEY },
  });
  const { workshopId: id, code } = made as { workshopId: string; code: string };
  const shown = async () => (await world.api(`/api/workshops/${id}`)).body;
  await world.api(`/api/workshops/${id}/start`, { method: "POST" });
  await until("the class", async () => {
    const { status, failure } = await shown();
    if (status === "failed") throw new Error(failure);
    return status === "running";
  });
  const learner = await (await browser.newContext()).newPage();
  await learner.goto(`${world.url}/join?code=${code}`);
  expect((await world.api("/api/join", { method: "POST", json: { code, name: "Mira" }, anonymous: true })).status).toBe(200);

  await world.kill();
  clock.advance(LIFE_MS + 60_000);
  await until("the cloud to remove it", () => !world.left().some((line) => line.startsWith("instance ")));
  const db = new Database(path(world.data, "gateway.sqlite"));
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const times = "update workshops set started_at = ?, ready_at = ?, ends_at = ?, latest_end = ? where id = ?";
  db.query(times).run(ago(8), ago(8), ago(4), ago(0), id);
  db.close();
  await world.restart();

  const stopped = await until("its end", async () => {
    const body = await shown();
    return body.status === "stopped" && body.receipt && body;
  });
  expect(stopped.receipt.items).toContainEqual({ kind: "machine", count: 1, name: `clarateach-${id}`, alone: true });
  expect([stopped.archive, stopped.receipt.removed.machines]).toEqual([undefined, 0]);
  await until("nothing", () => world.left().length === 0);

  const teacher = await (await browser.newContext()).newPage();
  await teacher.goto(world.signInLink());
  await teacher.goto(`${world.url}/workshops/${id}`);
  await teacher.getByText("removed by the cloud at the end of its time").waitFor();
  await teacher.getByText("Nothing was kept: it was not packed before its machine was gone.").waitFor();
  await learner.getByLabel("Your name").fill("Mira");
  await learner.getByRole("button", { name: "Join" }).click();
  await learner.getByRole("heading", { name: "This workshop ended" }).waitFor();
});
