import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../agent/contract/close.ts";
import { axeFindings } from "../../../support/axe.ts";
import { type Browsing, browse, openFile, PHONE, row, saved } from "../browse.ts";

/** SHOTS=/tmp/pages leaves a picture of every state there, to be looked at. */
const SHOTS = process.env.SHOTS;

let world: Browsing;
beforeAll(async () => {
  world = await browse({ available: false, reason: "Chromium is missing.", fix: "apt install chromium" });
});
afterAll(() => world.end());
afterEach(() => {
  world.desk.away = false;
  Object.assign(world.desk.session.features, { isolation: "container", ports: { available: true } });
  world.desk.listen();
  world.desk.tell({ status: "ready", open: true });
  expect(world.errors()).toEqual([]);
});

/** From the page of a seat with app.py open to each state that has elements of its own. */
const STATES: Record<string, (page: Page) => Promise<unknown>> = {
  connected: (page) => page.locator('body[data-line="connected"]').waitFor(),
  unsaved: async (page) => {
    await page.keyboard.type("# mine ");
    await saved(page, "Unsaved");
  },
  conflict: async (page) => {
    await page.keyboard.type("# mine ");
    await saved(page, "Unsaved");
    writeFileSync(`${world.desk.workspace}/app.py`, "# theirs\n");
    await page.getByRole("button", { name: "Keep mine" }).waitFor();
  },
  menu: async (page) => {
    await row(page, "app.py").click({ button: "right" });
    await page.getByRole("menu").waitFor();
  },
  question: async (page) => {
    await row(page, "app.py").focus();
    await page.keyboard.press("Delete");
    await page.getByRole("dialog", { name: "Delete app.py?" }).waitFor();
  },
  naming: async (page) => {
    await page.getByRole("button", { name: "New folder" }).click();
    await page.locator(".naming input").waitFor();
  },
  search: async (page) => {
    await page.getByRole("button", { name: /^Search in the terminal/ }).click();
    await page.locator(".term-search input").waitFor();
  },
  "a second tab": async (page) => {
    const second = await page.context().newPage();
    await second.goto(world.desk.url);
    await page.getByText("This seat is open in another tab too.").waitFor();
  },
  "a toast": async (page) => {
    await page.getByRole("button", { name: "Copy the reconnect code" }).click();
    await page.locator(".toast").waitFor();
  },
  "the line lost": async (page) => {
    world.desk.away = true;
    world.desk.cut(CLOSE.RESTART);
    await page.locator('[data-lost="terminal"]').waitFor();
    await page.locator('[data-lost="work"]').waitFor();
  },
  "the seat about to be refreshed": async (page) => {
    world.desk.tell({ status: "pending", open: true, now: { kind: "refresh", step: "Install node", progress: 0.3 } });
    await page.getByText("You can still work.").waitFor();
  },
  "the seat being refreshed": async (page) => {
    world.desk.tell({ status: "pending", open: false, now: { kind: "refresh", step: "Start seat 04 anew", progress: 0.6 } });
    await page.getByText("Start seat 04 anew").waitFor();
  },
  "the seat waiting": async (page) => {
    world.desk.tell({ status: "waiting", open: false, now: { kind: "refresh", progress: 0.6 } });
    await page.getByText("The refresh of your seat waits for your instructor.").first().waitFor();
  },
  "the seat stopped": async (page) => {
    world.desk.tell({ status: "stopped", open: false });
    await page.getByText("It opens here by itself when your instructor starts it.").waitFor();
  },
  "the seat not made": async (page) => {
    world.desk.tell({ status: "error", open: false });
    await page.getByText("Your seat could not be made.").first().waitFor();
  },
  "servers that listen": async (page) => {
    world.desk.listen(3000, 5173);
    await page.getByText("Port 5173 is listening.").waitFor();
  },
  "servers that can't be opened": async (page) => {
    world.desk.session.features.ports = {
      available: false,
      reason: "This server’s certificate has no names for them.",
      fix: "Set X.",
    };
    await page.reload();
    world.desk.listen(3000);
    await page.getByText("For your instructor: Set X.").waitFor();
  },
  "the end": async (page) => {
    world.desk.cut(CLOSE.ENDED);
    await page.getByRole("heading", { name: "Workshop ended" }).waitFor();
  },
  "the seat gone": async (page) => {
    world.desk.cut(CLOSE.REPLACED);
    await page.getByRole("heading", { name: "Seat 04 is no longer yours" }).waitFor();
  },
};

describe.each(Object.entries(STATES))("%s", (name, reach) => {
  test("axe finds nothing", async () => {
    writeFileSync(`${world.desk.workspace}/app.py`, "print(1)\n");
    const page = await world.visit();
    await openFile(page, "app.py");
    await reach(page);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, name);
  });
});

test("on arrival, with the reconnect code, where seats aren't walled off, axe finds nothing", async () => {
  world.desk.session.features.isolation = "none";
  const page = await world.arrive();
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, "arrival");
});

test("on a phone axe finds nothing in any pane, nor on arrival", async () => {
  const page = await world.arrive(PHONE);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, "phone-arrival");
  await page.locator("[data-got-it]").click();
  world.desk.listen(3000);
  for (const name of ["Terminal", "Files", "Editor", "Preview"]) {
    await page.getByRole("tab", { name, exact: true }).click();
    expect([name, await axeFindings(page)]).toEqual([name, []]);
    await picture(page, `phone-${name}`);
  }
});

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of SHOTS ? (["light", "dark"] as const) : []) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${SHOTS}/workspace-${name}-${colorScheme}.png` });
  }
}
