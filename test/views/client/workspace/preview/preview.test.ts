import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../../agent/contract/close.ts";
import { screenFor } from "../../../../../views/client/workspace/preview/screen-size.ts";
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
afterEach(() => expect(world.errors()).toEqual([]));

const canvas = (page: Page) => page.locator("[data-screen] canvas:not(.still)");
const opened = (page: Page) => page.locator('[data-act="preview-clipboard"]').waitFor();

test("the browser is fetched and started when it is opened, and opens by itself the next time", async () => {
  const page = await world.visit();
  await page.locator('body[data-line="connected"]').waitFor();
  expect(await canvas(page).count()).toBe(0);
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  await page.reload();
  await opened(page);
});

test("a restart is asked for once more, says that it goes on, and what came of it; the picture stays", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  const restart = page.getByRole("button", { name: "Restart the browser", exact: true });
  const goesOn = page.getByText("Restarting your browser.");
  const dialog = page.locator("[data-confirm]");
  let calls = 0;
  const done = Promise.withResolvers<void>();
  world.desk.restart = () => {
    calls++;
    return done.promise;
  };
  await restart.focus();
  await page.keyboard.press("Enter");
  // The safe answer has the keyboard.
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  expect(calls).toBe(0);
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Restart the browser" }).click();
  await goesOn.waitFor();
  expect([await restart.isDisabled(), await canvas(page).isVisible()]).toEqual([true, true]);
  done.resolve();
  await page.getByText("Your browser was restarted.").waitFor();
  await goesOn.waitFor({ state: "hidden" });
  world.desk.restart = undefined;
  await restart.click();
  await dialog.getByRole("button", { name: "Restart the browser" }).click();
  await page.getByText("Your browser wasn’t restarted. Your browser isn't running: open the preview.").waitFor();
  expect([await restart.isEnabled(), calls]).toEqual([true, 1]);
  world.desk.away = true;
  await restart.click();
  await dialog.getByRole("button", { name: "Restart the browser" }).click();
  await page.getByText("Whether your browser was restarted isn’t known. The seat doesn’t answer now.").waitFor();
  world.desk.away = false;
});

/** The screen's own size and the part of its pane that it fills, in pixels. */
const sizes = (page: Page) =>
  canvas(page).evaluate((element: HTMLCanvasElement) => {
    const { width, height } = element.getBoundingClientRect();
    const pane = element.closest("[data-screen]")?.getBoundingClientRect();
    return { screen: [element.width, element.height], free: [(pane?.width ?? 0) - width, (pane?.height ?? 0) - height] };
  });
const fills = (page: Page) =>
  until("the picture to fill its pane", async () => (await sizes(page)).free.every((gap) => Math.abs(gap) < 2.5));

test("the screen takes the shape of the pane, also when a divider moves, and stays within bounds", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  await fills(page);
  const before = await sizes(page);
  expect(before.screen[1]).toBe(400);
  await page.getByRole("separator", { name: "Height of the editor" }).focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+ArrowUp");
  await until("another size", async () => (await sizes(page)).screen.join() !== before.screen.join());
  await fills(page);
  await page.getByRole("button", { name: "Show pixel by pixel" }).click();
  await page.getByRole("button", { name: "Fit to the pane" }).click();
  await fills(page);
});

test("the bounds keep the pane's shape: nothing smaller than 500 by 400, nothing larger than 1920 by 1200", () => {
  const asked = [
    [664, 306.5],
    [390, 640],
    [2560, 1200],
    [1000, 700],
    [3000, 400],
  ].map(([w = 0, h = 0]) => screenFor({ w, h }));
  expect(asked).toEqual([
    { w: 866, h: 400 },
    { w: 500, h: 820 },
    { w: 1920, h: 900 },
    { w: 1000, h: 700 },
    { w: 1920, h: 256 },
  ]);
});

test("of two viewers the one who acts has the size, and the other doesn't ask for it back", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await opened(page);
  await fills(page);
  const mine = (await sizes(page)).screen.join();
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const screen = document.querySelector("[data-screen] canvas") as HTMLCanvasElement;
    new MutationObserver(() => {
      const size = `${screen.width},${screen.height}`;
      if (seen.at(-1) !== size && screen.height > 0) seen.push(size);
    }).observe(screen, { attributes: true, attributeFilter: ["width", "height"] });
  });
  const seen = () =>
    page.evaluate(() => (window as unknown as { seen: string[] }).seen.filter((size, i, all) => size !== all[i - 1]));
  const other = await page.context().newPage();
  await other.setViewportSize({ width: 900, height: 900 });
  await other.goto(world.desk.url);
  await opened(other);
  await fills(other);
  const theirs = (await sizes(other)).screen.join();
  await until("the other's size", async () => (await seen()).at(-1) === theirs);
  await canvas(page).click();
  await until("one's own again", async () => (await seen()).at(-1) === mine);
  await until("the other to show it", async () => (await sizes(other)).screen.join() === mine);
  await page.getByRole("separator", { name: "Height of the editor" }).focus();
  await page.keyboard.press("Shift+ArrowUp");
  await fills(page);
  await until("the size of the moved pane", async () => (await seen()).at(-1) !== mine);
  const settled = await seen();
  expect(settled.filter((size) => size === theirs).length).toBe(1);
  expect(settled.filter((size) => size === mine).length).toBe(1);
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
