import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../../agent/contract/close.ts";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, PHONE } from "../../browse.ts";

let world: Browsing;
let server: Bun.Subprocess;
beforeAll(async () => {
  world = await browse();
  const socket = `${world.desk.workspace}/vnc`;
  const screen = ["-displayfd", "1", "-rfbport", "-1", "-rfbunixpath", socket, "-SecurityTypes", "None", "-AlwaysShared"];
  server = Bun.spawn(["Xtigervnc", ...screen, "-nolisten", "tcp", "-geometry", "1280x720", "-noreset", "-br"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  await until("the VNC server", () => existsSync(socket));
  world.desk.screen = socket;
});
afterAll(async () => {
  await world.end();
  server.kill();
  await server.exited;
});
afterEach(() => expect(world.errors).toEqual([]));

const canvas = (page: Page) => page.locator("[data-screen] canvas:not(.still)");
const opened = (page: Page) => page.locator("[data-preview-word]").waitFor();

test("the browser is fetched and started when it is opened, and opens by itself the next time", async () => {
  const page = await world.visit();
  await page.locator('body[data-line="connected"]').waitFor();
  expect(await canvas(page).count()).toBe(0);
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  expect(await canvas(page).evaluate((element: HTMLCanvasElement) => [element.width, element.height])).toEqual([1280, 720]);
  await page.reload();
  await opened(page);
});

test("the picture is fitted into the pane, or shown pixel by pixel", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  const scale = () =>
    canvas(page).evaluate((element: HTMLCanvasElement) => element.getBoundingClientRect().width / element.width);
  expect(await scale()).toBeLessThan(0.9);
  await page.getByRole("button", { name: "Show pixel by pixel" }).click();
  await until("its own size", async () => (await scale()) === 1);
  await page.getByRole("button", { name: "Fit to the pane" }).click();
  await until("the pane's size", async () => (await scale()) < 0.9);
});

test("a lost line dims the last picture, says from when it is, and heals", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  world.desk.away = true;
  world.desk.cut(CLOSE.RESTART);
  await page.getByText(/Reconnecting\. The picture is from \d\d:\d\d:\d\d\./).waitFor();
  await page.locator("[data-screen] canvas.still").waitFor();
  world.desk.away = false;
  await page.locator('[data-lost="preview"]').waitFor({ state: "hidden" });
  await canvas(page).waitFor();
  expect(await page.locator("[data-screen] canvas.still").count()).toBe(0);
});

test("on a phone choosing the pane opens it", async () => {
  const page = await world.visit(PHONE);
  await page.getByRole("tab", { name: "Preview" }).click();
  await opened(page);
  const box = await canvas(page).boundingBox();
  expect(box?.width).toBeLessThanOrEqual(390);
});
