import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../../agent/contract/close.ts";
import { axeFindings } from "../../../../support/axe.ts";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, PHONE } from "../../browse.ts";

const SHOTS = process.env.SHOTS;
let world: Browsing;

beforeAll(async () => {
  world = await browse();
});
afterEach(() => {
  for (const name of names().filter((one) => one !== "main")) world.desk.seat.tmux("kill-session", "-t", `=${name}`);
  expect(world.errors()).toEqual([]);
});
afterAll(() => world.end());

const names = () => world.desk.seat.tmux("list-sessions", "-F", "#{session_name}").trim().split("\n").sort();
const tab = (page: Page, title: string) => page.getByRole("tablist", { name: "Terminals" }).getByRole("tab", { name: title });
const titles = (page: Page) => page.locator("[data-terminals] [data-title]").allInnerTexts();
const add = (page: Page) => page.getByRole("button", { name: "New terminal" }).click();
const chosen = (page: Page, title: string) => page.locator("[data-terminals] [aria-selected=true]", { hasText: title }).waitFor();
const text = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".terminal-host:not([hidden]) .xterm-rows > div")]
      .map((row) => row.textContent?.trimEnd())
      .join("\n"),
  );
const shows = (page: Page, wanted: string) =>
  until(`the terminal to show ${wanted}`, async () => (await text(page)).includes(wanted));

async function run(page: Page, line: string): Promise<void> {
  await shows(page, "$");
  await page.locator(".terminal-host:not([hidden]) textarea").focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

async function choice(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "More about the terminal" }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("plus makes another shell as a tab; a reload and another page have them all, with what they show", async () => {
  const page = await world.visit();
  await run(page, "echo first-$((1+1))");
  await shows(page, "first-2");
  await add(page);
  await chosen(page, "shell-2");
  await run(page, "echo second-$((2+2))");
  await shows(page, "second-4");
  expect(await text(page)).not.toContain("first-2");
  await tab(page, "main").click();
  await shows(page, "first-2");
  await tab(page, "shell-2").click();
  await page.reload();
  await chosen(page, "shell-2");
  await shows(page, "second-4");
  const other = await page.context().newPage();
  await other.goto(world.desk.url);
  await until("both tabs", async () => (await titles(other)).join() === "main,shell-2");
  await add(other);
  await until("the first page to hear of it", async () => (await titles(page)).join() === "main,shell-2,shell-3");
  await chosen(page, "shell-2");
});

test("a line that was cut comes back in every tab, and what was typed in each arrives once", async () => {
  const page = await world.visit();
  await run(page, "clear; a=0");
  await add(page);
  await chosen(page, "shell-2");
  await run(page, "clear; a=100");
  world.desk.away = true;
  world.desk.cut(CLOSE.RESTART);
  await page.locator('[data-lost="terminal"]').waitFor();
  await run(page, "a=$((a+1)); echo second-is-$a");
  await tab(page, "main").click();
  await run(page, "a=$((a+1)); echo first-is-$a");
  world.desk.away = false;
  await shows(page, "first-is-1");
  await tab(page, "shell-2").click();
  await shows(page, "second-is-101");
});

test("a name of her own, on every page and in the shell's own line", async () => {
  const page = await world.visit();
  world.desk.seat.tmux("set", "-g", "status", "on");
  await add(page);
  await chosen(page, "shell-2");
  await choice(page, "Rename shell-2");
  await page.getByLabel("Name", { exact: true }).fill("#(id)");
  await page.keyboard.press("Enter");
  expect(await page.getByRole("heading", { name: "Name of the terminal" }).isVisible()).toBe(true);
  await page.getByLabel("Name", { exact: true }).fill("Mein Server");
  await page.keyboard.press("Enter");
  await chosen(page, "Mein Server");
  await shows(page, "[Mein Server]");
  await page.reload();
  await chosen(page, "Mein Server");
  world.desk.seat.tmux("set", "-g", "status", "off");
});

test("closing asks while something runs, ends it, and goes to the tab beside", async () => {
  const page = await world.visit();
  await add(page);
  await chosen(page, "shell-2");
  await run(page, "sleep 1000");
  await until("it to run", () => world.desk.seat.tmux("list-panes", "-a", "-F", "#{pane_current_command}").includes("sleep"));
  await tab(page, "shell-2").locator("[data-close]").click();
  const question = page.getByRole("dialog", { name: "Close shell-2?" });
  expect(await question.innerText()).toContain("“sleep” runs in it and would be ended.");
  await question.getByRole("button", { name: "Keep it open" }).click();
  expect(names()).toContain("shell-2");
  await choice(page, "Close shell-2");
  await question.getByRole("button", { name: "Close shell-2" }).click();
  await until("it to be gone", async () => (await titles(page)).join() === "main");
  expect(names()).toEqual(["main"]);
  await shows(page, "$");
  await add(page);
  await chosen(page, "shell-2");
  await run(page, "exit");
  await until("its tab to go with its shell", async () => (await titles(page)).join() === "main");
  // Without a click.
  await page.keyboard.type("echo still-$((1+1))");
  await page.keyboard.press("Enter");
  await shows(page, "still-2");
});

test("the ninth is refused with a sentence", async () => {
  const page = await world.visit();
  for (let number = 2; number <= 8; number++) {
    await add(page);
    await chosen(page, `shell-${number}`);
  }
  await add(page);
  await page.locator(".toast", { hasText: "8 terminals open" }).waitFor();
  expect(names().length).toBe(8);
  await picture(page, "eight");
  expect(await axeFindings(page)).toEqual([]);
});

test("by keyboard: F6 to the tabs and out, arrows, Enter, F2, Delete", async () => {
  const page = await world.visit();
  await add(page);
  await chosen(page, "shell-2");
  await shows(page, "$");
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("data-name") ?? document.activeElement?.className);
  await page.keyboard.press("F6");
  expect(await focused()).toBe("shell-2");
  await page.keyboard.press("ArrowLeft");
  expect(await focused()).toBe("main");
  await page.keyboard.press("Enter");
  await chosen(page, "main");
  expect(await focused()).toContain("xterm");
  await page.keyboard.press("F6");
  await page.keyboard.press("F2");
  await page.getByRole("heading", { name: "Name of the terminal" }).waitFor();
  await page.keyboard.press("Escape");
  await until("the terminal to have the keyboard", async () => (await focused())?.includes("xterm"));
  await page.keyboard.press("F6");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Delete");
  await until("it to be gone", async () => (await titles(page)).join() === "main");
  await page.keyboard.press("F6");
  expect(await page.evaluate(() => document.activeElement?.closest("[data-files]") !== null)).toBe(true);
});

test("the text's size and the screen reader's mode are of all terminals, and remembered", async () => {
  const page = await world.visit();
  await shows(page, "$");
  const size = () =>
    page.evaluate(() => {
      const row = document.querySelector(".terminal-host:not([hidden]) .xterm-rows > div");
      return row ? Number.parseFloat(getComputedStyle(row).fontSize) : 0;
    });
  const usual = await size();
  for (let i = 0; i < 6; i++) await page.keyboard.press("Control++");
  await until("larger text", async () => (await size()) === usual + 6);
  await page.keyboard.press("Control+-");
  await until("smaller text", async () => (await size()) === usual + 5);
  await choice(page, "Screen reader mode");
  await page.locator(".xterm-accessibility").waitFor({ state: "attached" });
  await page.reload();
  await shows(page, "$");
  expect(await size()).toBe(usual + 5);
  await page.locator(".xterm-accessibility").waitFor({ state: "attached" });
  await add(page);
  await chosen(page, "shell-2");
  await until("two of them", async () => (await page.locator(".xterm-accessibility").count()) === 2);
  await page.locator(".terminal-host:not([hidden]) textarea").focus();
  await page.keyboard.press("Control+0");
  await until("the usual size", async () => (await size()) === usual);
  await choice(page, "End screen reader mode");
  await until("none", async () => (await page.locator(".xterm-accessibility").count()) === 0);
});

test("the help says how to send a line without Enter; tabs, menu and dialogs are clean on a wide page and on a phone", async () => {
  for (const options of [undefined, PHONE]) {
    const page = await world.visit(options);
    const size = options ? "phone" : "wide";
    await add(page);
    await chosen(page, options ? "shell-3" : "shell-2");
    await shows(page, "$");
    await picture(page, `${size}-tabs`);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "More about the terminal" }).click();
    await picture(page, `${size}-menu`);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("menuitem", { name: "Keys of the terminal" }).click();
    const help = page.getByRole("dialog", { name: "Keys of the terminal" });
    expect(await help.innerText()).toContain("a new line without sending");
    await picture(page, `${size}-help`);
    expect(await axeFindings(page)).toEqual([]);
    await help.getByRole("button", { name: "Close" }).click();
    await choice(page, "Rename");
    await picture(page, `${size}-rename`);
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  }
});

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of SHOTS ? (["light", "dark"] as const) : []) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${SHOTS}/terminals-${name}-${colorScheme}.png` });
  }
}
