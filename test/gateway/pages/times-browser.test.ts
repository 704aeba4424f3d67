import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../support/browser.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../support/paper-services.ts";
import { until } from "../../support/until.ts";

let browser: Browser;
let pages: Pages;
beforeAll(async () => {
  [browser, pages] = await Promise.all([launchChromium(), startPages()]);
});
afterAll(async () => {
  await browser.close();
  await pages.end();
});

async function open(path: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ timezoneId: "America/New_York", ...options });
  const [name = "", value = ""] = SESSION.split("=");
  await context.addCookies([{ name, value, url: pages.url }]);
  const page = await context.newPage();
  await page.goto(pages.url + path);
  return page;
}

const planned = { state: "created", startsAt: "2099-01-15T19:00:00.000Z", plannedEnd: "2099-01-15T21:30:00.000Z" } as const;

test("times are shown by the reader's clock and sent by it; a half-typed one is told, and stays with all the rest", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop(planned));
  const page = await open("/workshops/ws-k4m9p2/times");
  const [start, end] = [page.getByLabel("Start at"), page.getByLabel("End at")];
  expect([await start.inputValue(), await end.inputValue()]).toEqual(["2099-01-15T14:00", "2099-01-15T16:30"]);
  await end.fill("");
  await end.pressSequentially("11");
  await page.getByRole("button", { name: "Keep these times" }).click();
  const told = page.locator("[data-only-part]").nth(1);
  await told.waitFor();
  expect(await end.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await start.inputValue()).toBe("2099-01-15T14:00");
  expect(await end.evaluate((field: HTMLInputElement) => field.validity.badInput)).toBe(true);
  expect(pages.calls).toEqual([]);
  await end.fill("2099-01-15T17:00");
  await told.waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  await until("the times to be kept", () => pages.calls.length > 0);
  expect(pages.calls).toEqual([
    'schedule("ws-k4m9p2",{"startsAt":"2099-01-15T19:00:00.000Z","endsAt":"2099-01-15T22:00:00.000Z"})',
  ]);
  await page.context().close();
});

test("without scripts they are UTC, and say so", async () => {
  pages.workshops.set("ws-k4m9p2", paperWorkshop(planned));
  pages.calls.length = 0;
  const page = await open("/workshops/ws-k4m9p2/times", { javaScriptEnabled: false });
  expect(await page.getByLabel("Start at").inputValue()).toBe("2099-01-15T19:00");
  expect(await page.content()).toContain("These times are UTC.");
  await page.getByLabel("Start at").fill("2099-01-15T20:00");
  await page.getByRole("button", { name: "Keep these times" }).click();
  await page.waitForURL(/\/workshops\/ws-k4m9p2$/);
  expect(pages.calls[0]).toContain('"startsAt":"2099-01-15T20:00:00.000Z"');
  await page.context().close();
});
