import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../../agent/contract/close.ts";
import type { SeatNews } from "../../../../../agent/contract/seat-news.ts";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, openFile, PHONE, row, saved } from "../../browse.ts";

let world: Browsing;
beforeAll(async () => {
  world = await browse();
});
afterAll(() => world.end());
afterEach(() => {
  world.desk.tell(READY);
  expect(world.errors()).toEqual([]);
});

const READY: Omit<SeatNews, "type"> = { status: "ready", open: true };
const SOON: Omit<SeatNews, "type"> = {
  ...{ status: "pending", open: true },
  now: { kind: "refresh", step: "Install node", progress: 0.2 },
};
const REFRESHING: Omit<SeatNews, "type"> = {
  ...{ status: "pending", open: false },
  now: { kind: "refresh", step: "Start seat 04 anew", progress: 0.6 },
};
const STOPPED: Omit<SeatNews, "type"> = {
  ...{ status: "stopped", open: false },
  last: { id: "3", kind: "stop", outcome: "done", ended: true },
};
const refreshed = (outcome: "done" | "failed"): Omit<SeatNews, "type"> => ({
  ...READY,
  last: { id: crypto.randomUUID(), kind: "refresh", outcome, ended: true },
});

const panel = (page: Page) => page.locator("[data-seat-panel]");
const says = (page: Page, text: string) => panel(page).getByText(text).waitFor();
const noticed = (page: Page, text: string) => page.locator('[data-notice="seat-done"]', { hasText: text }).waitFor();
const connected = (page: Page) => page.locator('body[data-line="connected"]').waitFor();
const shows = (page: Page, text: string) => page.locator(".xterm-rows", { hasText: text }).waitFor();

/** What ran in the seat is gone, and its shells will be others. */
async function endPrograms(): Promise<void> {
  world.desk.life = crypto.randomUUID();
  await world.desk.seat.askTmux(["kill-server"]);
}

test("a refresh is announced while one can work, shown while one can't, and told when it is over", async () => {
  writeFileSync(`${world.desk.workspace}/plan.md`, "one\n");
  const page = await world.visit();
  await openFile(page, "plan.md");
  await page.keyboard.type("mine ");
  world.desk.tell(SOON);
  await says(page, "Your instructor is refreshing your seat.");
  await page.locator('[data-link].plain[data-is="connected"]').waitFor();
  await page.locator("[data-terminal] textarea").first().focus();
  await page.keyboard.type("echo still-$((40+2))\n");
  await shows(page, "still-42");

  world.desk.tell(REFRESHING);
  await endPrograms();
  await says(page, "Start seat 04 anew");
  expect(await panel(page).getByRole("status").innerText()).toContain("Your files in /workspace stay.");
  expect(await page.getByRole("progressbar", { name: "Progress" }).getAttribute("value")).toBe("0.6");
  await page.locator("[data-link].plain", { hasText: "Being refreshed" }).waitFor();
  await page.keyboard.type("echo not-run\n");
  await page.locator(".monaco-editor .view-line").first().click();
  await page.keyboard.press("Control+s");
  await saved(page, "Saving waits");

  world.desk.tell(refreshed("done"));
  await noticed(page, "Your seat was refreshed.");
  await connected(page);
  await page.locator(".term-notice", { hasText: "What you typed meanwhile wasn’t run." }).waitFor();
  expect(await page.locator(".term-notice").innerText()).toContain("13 characters were dropped.");
  await until("what was typed to be saved", () => readFileSync(`${world.desk.workspace}/plan.md`, "utf8") === "mine one\n");
  await page.locator("[data-terminal] textarea").first().focus();
  await page.keyboard.type("echo fresh-$((40+2))\n");
  await shows(page, "fresh-42");
  expect(await page.locator(".xterm-rows").innerText()).not.toContain("not-run");
});

test("a reload in the middle shows the panel again, and unsaved text is there when the seat is", async () => {
  writeFileSync(`${world.desk.workspace}/plan.md`, "one\n");
  const page = await world.visit();
  await openFile(page, "plan.md");
  await page.keyboard.type("mine ");
  await saved(page, "Unsaved");
  world.desk.tell(STOPPED);
  await says(page, "It opens here by itself when your instructor starts it.");
  await page.locator("[data-link].plain", { hasText: "Stopped" }).waitFor();
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await says(page, "It opens here by itself when your instructor starts it.");
  await page.locator('[data-lost="work"]', { hasText: "Your seat is stopped; your files are kept." }).waitFor();
  world.desk.tell(READY);
  await connected(page);
  await page.locator(".view-line", { hasText: "mine one" }).waitFor();
  expect(readFileSync(`${world.desk.workspace}/plan.md`, "utf8")).toBe("one\n");
});

test("while the seat is away its page asks for nothing", async () => {
  const page = await world.visit();
  await page.clock.install();
  await page.reload();
  await connected(page);
  world.desk.tell(STOPPED);
  await says(page, "Your seat is stopped; your files are kept.");
  world.desk.cut(CLOSE.RESTART);
  await page.clock.runFor(1000);
  await page.locator("[data-link].plain", { hasText: "Stopped" }).waitFor();
  const before = world.desk.refused;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.clock.runFor(60_000);
  expect(world.desk.refused).toBe(before);
  world.desk.tell(READY);
  await page.clock.resume();
  await connected(page);
});

test("what failed is told as what it is, also to a page that had no line all the while", async () => {
  const page = await world.visit();
  world.desk.tell(refreshed("done"));
  await noticed(page, "Your seat was refreshed.");
  world.desk.away = true;
  world.desk.cut(CLOSE.RESTART);
  await page.locator("[data-link].plain", { hasText: "Reconnecting" }).waitFor();
  world.desk.tell(refreshed("failed"));
  world.desk.away = false;
  await connected(page);
  await noticed(page, "Nothing changed: the refresh failed and your seat is as it was.");
});

test("on a phone each pane says it, and nothing runs over", async () => {
  const page = await world.visit(PHONE);
  await page.getByRole("tab", { name: "Editor", exact: true }).click();
  world.desk.tell(SOON);
  await page.locator('[data-notice="seat-soon"]', { hasText: "Your instructor is refreshing your seat." }).waitFor();
  await page.getByRole("tab", { name: "Terminal" }).click();
  world.desk.tell(REFRESHING);
  await page.locator('[data-notice="seat-soon"]').waitFor({ state: "detached" });
  await says(page, "Your instructor is refreshing your seat.");
  for (const pane of ["Files", "Editor"]) {
    await page.getByRole("tab", { name: pane, exact: true }).click();
    await page.locator('[data-lost="work"]').waitFor({ state: "visible" });
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("tab", { name: "Terminal" }).click();
  world.desk.tell(refreshed("done"));
  await connected(page);
  await panel(page).getByText("refreshing").waitFor({ state: "detached" });
});

test("a seat that isn't made yet opens by itself", async () => {
  world.desk.tell({ status: "pending", open: false, now: { kind: "launch", step: "Install node", progress: 0.1 } });
  writeFileSync(`${world.desk.workspace}/plan.md`, "one\n");
  const page = await world.visit();
  await says(page, "Your seat is being made ready.");
  // Its files are asked for when it is known to be away already: nothing is tried, and they come all the same.
  await page.route("**/vm/04/session", async (route) => {
    await says(page, "Your seat is being made ready.");
    await route.continue();
  });
  await page.reload();
  await page.locator("[data-learner]", { hasText: "Mira" }).waitFor();
  world.desk.tell({ ...READY, last: { id: "1", kind: "launch", outcome: "done", ended: true } });
  await connected(page);
  await row(page, "plan.md").waitFor();
  await shows(page, "$");
});
