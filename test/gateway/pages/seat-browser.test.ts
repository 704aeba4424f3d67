import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, BrowserContext } from "playwright-core";
import type { WorkshopView } from "../../../views/workshop.ts";
import { launchChromium } from "../../support/browser.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../support/paper-services.ts";

let browser: Browser;
let pages: Pages;
let context: BrowserContext;
let seatPage: string;

beforeAll(async () => {
  browser = await launchChromium();
  pages = await startPages();
  seatPage = `${pages.url}/workshops/ws-k4m9p2/seats/1`;
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  const [name = "", value = ""] = SESSION.split("=");
  await context.addCookies([{ name, value, url: pages.url }]);
});
afterAll(async () => {
  await browser.close();
  await pages.end();
});

const stands = (status: "stopped" | "ready", operations: string[], changes: WorkshopView["changes"] = []) => {
  const view = paperWorkshop({ changes });
  const seats = view.seats.map((seat) => (seat.seat === 1 ? { ...seat, status, operations } : seat));
  pages.workshops.set(view.id, { ...view, seats });
};

test("who starts a seat on its page sees it start, and so does whoever else has it open, without loading it again", async () => {
  stands("stopped", ["start"]);
  const [here, elsewhere] = [await context.newPage(), await context.newPage()];
  for (const tab of [here, elsewhere]) {
    await tab.goto(seatPage);
    await tab.evaluate(() => Object.assign(window, { sameDocument: true }));
    await tab.getByText("It is stopped").waitFor();
  }
  pages.asked = () => {
    const startedAt = new Date().toISOString();
    stands(
      "stopped",
      [],
      [{ id: "1-7", kind: "start", summary: "Start seat 01", is: "doing", seats: [1], startedAt, steps: [] }],
    );
    return { changes: ["1-7"], left: [], problems: [] };
  };
  await here.getByRole("button", { name: "Start seat 01" }).click();
  await here.getByText("It is being started").waitFor();
  await elsewhere.getByText("It is being started").waitFor();
  stands("ready", ["stop"]);
  for (const tab of [here, elsewhere]) {
    await tab.getByRole("link", { name: "Stop seat 01…" }).waitFor();
    expect(await tab.evaluate(() => "sameDocument" in window)).toBe(true);
  }
});
