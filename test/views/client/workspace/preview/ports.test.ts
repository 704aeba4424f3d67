import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, PHONE } from "../../browse.ts";

let world: Browsing;
beforeAll(async () => {
  world = await browse();
});
afterAll(() => world.end());
afterEach(() => {
  world.desk.session.features.ports = { available: true };
  world.desk.listen();
  expect(world.errors()).toEqual([]);
});

const offers = (page: Page) => page.locator("[data-ports]");
const link = (page: Page, port: number) => page.getByRole("link", { name: `Open in a tab: port ${port}` });

test("what begins to listen is offered, each in a tab of its own, and what ends is no more", async () => {
  const page = await world.visit();
  await page.locator('body[data-line="connected"]').waitFor();
  expect(await offers(page).isVisible()).toBe(false);
  world.desk.listen(3000);
  await link(page, 3000).waitFor();
  expect(await link(page, 3000).getAttribute("href")).toBe("/vm/04/ports/3000");
  expect(await link(page, 3000).getAttribute("target")).toBe("_blank");
  world.desk.listen(3000, 5173);
  await link(page, 5173).waitFor();
  world.desk.listen();
  await offers(page).waitFor({ state: "hidden" });
  expect(await page.getByRole("button", { name: "Your servers", exact: true }).isVisible()).toBe(false);
});

test("by keyboard: closed, it comes back by its button; a port that is closed stays so after a reload, another one is news", async () => {
  world.desk.listen(3000);
  const page = await world.visit();
  await link(page, 3000).waitFor();
  await page.getByRole("button", { name: "Close the list of your servers" }).focus();
  await page.keyboard.press("Enter");
  await offers(page).waitFor({ state: "hidden" });
  const tool = page.getByRole("button", { name: "Your servers", exact: true });
  await until("the keyboard to be at the button", () => tool.evaluate((button) => button === document.activeElement));
  await page.keyboard.press("Enter");
  await link(page, 3000).waitFor();
  await page.keyboard.press("Enter");
  await page.reload();
  await tool.waitFor();
  expect(await offers(page).isVisible()).toBe(false);
  world.desk.listen(3000, 8000);
  await link(page, 8000).waitFor();
});

test("a link keeps the keyboard while others come and go", async () => {
  world.desk.listen(8000);
  const page = await world.visit();
  await link(page, 8000).focus();
  world.desk.listen(3000, 8000, 9000);
  await link(page, 9000).waitFor();
  expect(await offers(page).getByRole("listitem").allTextContents()).toEqual(
    [3000, 8000, 9000].map((port) => `Port ${port} is listening.Open in a tab`),
  );
  expect(await link(page, 8000).evaluate((one) => one === document.activeElement)).toBe(true);
});

test("on a phone, where another pane is in front, it is said there, and the preview has the link", async () => {
  const page = await world.visit(PHONE);
  world.desk.listen(3000);
  await page.locator('[data-notice="ports"]', { hasText: "Port 3000 is listening." }).waitFor();
  await page.getByRole("tab", { name: "Preview", exact: true }).click();
  await link(page, 3000).waitFor();
  const { width = 0, x = 0 } = (await offers(page).boundingBox()) ?? {};
  expect(x + width).toBeLessThanOrEqual(390);
});

test("where no tab can be had the page says why, and what the operator can do", async () => {
  world.desk.session.features.ports = { available: false, reason: "The certificate has no names.", fix: "Set CLARATEACH_DNS." };
  world.desk.listen(3000);
  const page = await world.visit();
  await page.getByText("The certificate has no names. For your instructor: Set CLARATEACH_DNS.").waitFor();
  expect(await link(page, 3000).count()).toBe(0);
});
