import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { CLOSE } from "../../../agent/contract/close.ts";
import { Problem } from "../../../agent/contract/errors.ts";
import { startOwn } from "../../../agent/previews/own.ts";
import { openPreviews, type Previews } from "../../../agent/previews/previews.ts";
import { findProcesses } from "../../../agent/seats/process/processes.ts";
import type { SeatHandle } from "../../../agent/seats/seat.ts";
import { type BesideNeko, besideNeko } from "../../support/beside-neko.ts";
import { LivePage } from "../../support/live-page.ts";
import { openProcessSeats, type ProcessSeats } from "../../support/process-seats.ts";
import { RfbViewer } from "../../support/rfb.ts";
import { PATIENCE_MS, until } from "../../support/until.ts";

const path = process.env.PATH;
const neko = { image: "neko:3", address: "203.0.113.7", ports: 52_000, iceServers: [] };
const lesson = createServer((_, answer) =>
  answer.setHeader("content-type", "text/html").end("<body style='background:#0ac81e'>"),
);
let seats: ProcessSeats;
let beside: BesideNeko;
let seat: SeatHandle;
let previews: Previews;

/** The seat's own screen and browser stand for the container's: the same profile, another display, another port. */
beforeAll(async () => {
  seats = await openProcessSeats();
  const plain = await seats.seat(1);
  beside = besideNeko({ browser: (of) => startOwn(of, { path }, () => {}) });
  seat = beside.seat(plain);
  previews = openPreviews({ path, neko });
  previews.openSeat(seat);
  await new Promise<void>((resolve) => lesson.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await previews.close();
  lesson.close();
  await seats.end();
});

/** Browsers with the seat's profile, without their helpers. */
async function browsers(): Promise<number> {
  const all = await findProcesses(seats.machine);
  const pids = new Set(all.filter(({ name }) => /^chromium/.test(name)).map(({ pid }) => pid));
  return all.filter(({ pid, parent }) => pids.has(pid) && !pids.has(parent)).length;
}

const address = () => `http://127.0.0.1:${(lesson.address() as { port: number }).port}/`;

/** A script of the seat's, at the address that its shells have. */
async function drive<T>(use: (tab: import("playwright-core").Page) => Promise<T>): Promise<T> {
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${seat.cdpPort}`, { timeout: PATIENCE_MS });
  const context = browser.contexts()[0];
  context?.setDefaultTimeout(PATIENCE_MS);
  const tab = context?.pages()[0] ?? (await browser.newPage());
  return use(tab).finally(() => browser.close());
}

const mark = "localStorage.mark = 'kept by the profile'";
/** Chromium writes down by and by what pages keep; one that loses its screen hasn't always time for the rest. */
const IS_WRITTEN = `grep -rqs "kept by the profile" "$HOME/.config/clarateach-browser/Default/Local Storage"`;

test("neko's browser is driven and seen, then the seat's own with the same profile, and never two at once", async () => {
  const seen = await drive(async (tab) => {
    await tab.goto(address());
    return tab.evaluate(mark);
  });
  expect([seen, beside.wishes.length, await browsers()]).toEqual(["kept by the profile", 1, 1]);
  // The same screen by pictures, and neko's greeting beside it.
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  await until("the lesson's colour", async () => (await viewer.colour(640, 500)) === "#0ac81e");
  const page = new LivePage((peer) => previews.live(seat, peer));
  await page.heard("system/init");
  await until("the profile on the disk", async () => (await seat.exec(["sh", "-c", IS_WRITTEN])).code === 0);
  // It ends and can't be had again: the seat's own takes its place.
  beside.refuse = new Problem("UNAVAILABLE", "Docker has no image neko:3.");
  beside.die();
  expect((await until("the page to be told", () => page.closed)).code).toBe(CLOSE.RESTART);
  await until("the viewer to be told", () => viewer.closed);
  const sent = await until("a page to be sent to pictures", async () => {
    const next = new LivePage((peer) => previews.live(seat, peer));
    await until("an answer", () => next.closed);
    return next.closed?.code === CLOSE.OTHER_WAY ? next : undefined;
  });
  expect(sent.closed?.reason).toBe("Docker has no image neko:3.");
  const kept = await drive(async (tab) => {
    await tab.goto(address());
    return tab.evaluate("localStorage.mark");
  });
  expect([kept, await browsers()]).toEqual(["kept by the profile", 1]);
  const own = new RfbViewer((peer) => previews.view(seat, peer));
  await own.connect();
  await until("the lesson's colour", async () => (await own.colour(640, 500)) === "#0ac81e");
  expect(previews.seatFeature(1)).toEqual({ available: true, viewers: ["vnc"], neko: "Docker has no image neko:3." });
  own.close();
  await previews.closeSeat(1);
  expect(await browsers()).toBe(0);
});
