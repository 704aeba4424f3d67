import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await world.end();
});

/** Another person at another computer. */
async function someone(): Promise<Page> {
  return (await browser.newContext()).newPage();
}

async function join(code: string, name: string): Promise<Page> {
  const page = await someone();
  await page.goto(`${world.url}/join?code=${code}`);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join" }).dblclick();
  return page;
}

test("an instructor makes, starts, watches and stops a class of two, and one seat changes hands on the way", async () => {
  const teacher = await someone();
  await teacher.goto(world.signInLink());
  await teacher.getByRole("heading", { name: "No workshop yet" }).waitFor();
  await teacher.goto(`${world.url}/workshops/new`);
  await teacher.getByLabel("Name").fill("Data <b>by hand</b>");
  await teacher.getByLabel("Seats").fill("2");
  await teacher.getByLabel("LLM API key").fill("sk-ant-test-0123456789-0123456789");
  await teacher.getByRole("button", { name: "Make the workshop" }).click();
  await teacher.waitForURL(/\/workshops\/ws-/);
  const code = (await teacher.locator(".code").first().textContent()) ?? "";

  const early = await join(code, "Mira");
  await early.getByRole("heading", { name: "You are early" }).waitFor();
  await teacher.evaluate(() => Object.assign(window, { sameDocument: true }));
  await teacher.getByRole("button", { name: "Start workshop" }).click();
  await teacher.getByRole("button", { name: "Copy link" }).waitFor();
  expect(await teacher.evaluate(() => "sameDocument" in window)).toBe(true);
  await early.waitForURL(/\/vm\/01\//);
  await (await join(code, "Jonas")).waitForURL(/\/vm\/02\//);
  const third = await join(code, "Priya");
  await third.getByText("Both seats of “Data <b>by hand</b>” are taken.").waitFor();
  await teacher.locator("#seat-02").getByText("Connected").waitFor();

  // The gateway dies; its page says so, and heals by itself.
  await world.kill();
  await teacher.getByText("ClaraTeach doesn’t answer just now.").waitFor();
  await world.restart();
  await teacher.getByText("ClaraTeach doesn’t answer just now.").waitFor({ state: "hidden" });

  await teacher.getByRole("button", { name: "Seat 01: more" }).click();
  await teacher.getByRole("link", { name: "Free seat 01…" }).click();
  await teacher.getByRole("dialog", { name: "Free seat 01?" }).getByRole("button", { name: "Free seat 01" }).click();
  await teacher.getByText("seat freed").waitFor();
  await teacher.getByText("Seat 01 is free").waitFor();
  await third.getByRole("button", { name: "Join" }).click();
  await third.waitForURL(/\/vm\/01\//);
  await teacher.locator("#seat-01").getByText("Priya").waitFor();

  const stop = teacher.getByRole("link", { name: "Stop workshop…" });
  const arrived = () => teacher.evaluate(() => Number(document.documentElement.dataset.clicks ?? 0));
  await teacher.evaluate(() =>
    document.addEventListener("click", () => {
      const { dataset } = document.documentElement;
      dataset.clicks = String(Number(dataset.clicks ?? 0) + 1);
    }),
  );
  // The second click of two, which was meant for what stood there before.
  const box = await stop.boundingBox();
  await teacher.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 10);
  await teacher.mouse.down({ clickCount: 2 });
  await teacher.mouse.up({ clickCount: 2 });
  expect(await arrived()).toBe(0);
  await stop.click();
  expect(await arrived()).toBe(1);
  const question = teacher.getByRole("dialog", { name: "Stop this workshop?" });
  await question.getByText("2 learners are still connected").waitFor();
  await question.getByRole("button", { name: "Stop workshop" }).click();
  await teacher.getByRole("heading", { name: "Nothing is left running" }).waitFor();
  const downloading = teacher.waitForEvent("download");
  await teacher.getByRole("link", { name: /^Download/ }).click();
  expect((await downloading).suggestedFilename()).toEndWith(".zip");
  await teacher.getByRole("link", { name: "Delete it now…" }).click();
  await teacher.getByRole("button", { name: "Delete the archive" }).click();
  await teacher.getByText("The archive is gone").waitFor();

  const late = await join(code, "Sam");
  await late.getByRole("heading", { name: "This workshop ended" }).waitFor();
});
