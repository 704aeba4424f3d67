import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { CLOSE } from "../../../../agent/contract/close.ts";
import { Problem } from "../../../../agent/contract/errors.ts";
import { type Browsing, browse, openFile, PHONE, row, saved } from "../browse.ts";

let world: Browsing;
beforeAll(async () => {
  world = await browse({
    available: false,
    reason: "Chromium is missing.",
    fix: "apt install chromium tigervnc-standalone-server",
  });
  writeFileSync(`${world.desk.workspace}/app.py`, "print(1)\n");
});
afterAll(() => world.end());
afterEach(() => {
  world.desk.refusal = undefined;
  expect(world.errors()).toEqual([]);
});

test("the reconnect code is shown at once, and stays at the top", async () => {
  const page = await world.visit();
  await page.locator("[data-arrival]").waitFor({ state: "hidden" });
  expect(await page.locator(".pocket [data-odehash]").textContent()).toBe("7k3fq");
  expect(await page.title()).toBe("First steps with the Claude CLI – seat 04");
  await page.reload();
  await page.locator('body[data-line="connected"]').waitFor();
  expect(await page.locator("[data-arrival]").isVisible()).toBe(false);
});

test("who came by typing the reconnect code isn't shown it again, now or later", async () => {
  const page = await world.arrive();
  await page.goto("about:blank");
  await page.goto(`${world.desk.url}#back`);
  await page.locator('body[data-line="connected"]').waitFor();
  await page.waitForURL(world.desk.url);
  expect(await page.locator("[data-arrival]").isVisible()).toBe(false);
  await page.reload();
  await page.locator("[data-learner]", { hasText: "Mira" }).waitFor();
  expect(await page.locator("[data-arrival]").isVisible()).toBe(false);
});

test("after the reconnect code's card the keyboard is in the terminal; by itself the card goes after a minute, and never covers the save", async () => {
  const page = await world.arrive();
  await page.locator("[data-got-it]").click();
  await page.keyboard.type("echo typed-$((40+2))\n");
  await page.locator(".xterm-rows", { hasText: "typed-42" }).waitFor();
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 1024, height: 500 },
    { width: 390, height: 844 },
    // A phone with its keyboard up.
    { width: 390, height: 420 },
  ]) {
    const fresh = await world.arrive({ viewport });
    if (viewport.width < 860) await fresh.getByRole("tab", { name: "Files" }).click();
    await row(fresh, "app.py").click();
    await fresh.locator(".monaco-editor.focused").waitFor();
    await fresh.keyboard.type("# ");
    expect(await fresh.locator("[data-arrival]").isVisible()).toBe(true);
    // Playwright clicks what it would hit there: what lies over the button would fail it.
    await fresh.getByRole("button", { name: "Unsaved" }).click();
    await saved(fresh, "Saved");
  }
  expect(readFileSync(`${world.desk.workspace}/app.py`, "utf8")).toStartWith("# # # # print");
  const waiting = await world.arrive();
  await waiting.clock.install();
  await waiting.reload();
  await waiting.locator("[data-got-it]").waitFor();
  await waiting.clock.fastForward(61_000);
  await waiting.locator("[data-arrival]").waitFor({ state: "hidden" });
});

test("dividers move by keys and by pointer, keep a fifth, and are remembered", async () => {
  const page = await world.visit();
  const grip = page.getByRole("separator", { name: "Width of the terminal" });
  const now = async () => Number(await grip.getAttribute("aria-valuenow"));
  await grip.focus();
  await page.keyboard.press("Enter");
  expect(await now()).toBe(50);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  expect(await now()).toBe(62);
  for (let i = 0; i < 6; i++) await page.keyboard.press("Shift+ArrowLeft");
  expect(await now()).toBe(20);
  const box = await grip.boundingBox();
  await page.mouse.move((box?.x ?? 0) + 4, 400);
  await page.mouse.down();
  await page.mouse.move(512, 400, { steps: 4 });
  await page.mouse.up();
  expect(await now()).toBeWithin(38, 43);
  const kept = await now();
  await page.reload();
  expect(await now()).toBe(kept);
});

test("a pane fills the page and gives it back", async () => {
  const page = await world.visit();
  await page.getByRole("button", { name: "Terminal on the whole page" }).click();
  expect(await page.locator('[data-panel="work"]').isVisible()).toBe(false);
  await page.getByRole("button", { name: "Terminal on the whole page" }).click();
  expect(await page.locator('[data-panel="work"]').isVisible()).toBe(true);
});

test("F6 walks through the panes, out of terminal and editor too", async () => {
  const page = await world.visit();
  await openFile(page, "app.py");
  const here = () =>
    page.evaluate(() =>
      document.activeElement?.closest("[data-terminal], [data-files], [data-edit], [data-panel]")?.outerHTML.slice(0, 60),
    );
  await page.keyboard.press("F6");
  expect(await here()).toContain('data-panel="preview"');
  await page.keyboard.press("F6");
  expect(await here()).toContain("data-terminal");
  await page.keyboard.press("F6");
  expect(await here()).toContain("data-files");
  await page.keyboard.press("F6");
  expect(await here()).toContain("data-edit");
  await page.keyboard.press("Shift+F6");
  expect(await here()).toContain("data-files");
});

test("a phone shows one pane and a bar of four; opening a file goes to the editor; nothing runs over", async () => {
  const page = await world.visit(PHONE);
  expect(await shownPanes(page)).toEqual(["terminal"]);
  await page.getByRole("tab", { name: "Files" }).click();
  await row(page, "app.py").click();
  await page.getByRole("tab", { name: "Editor", selected: true }).waitFor();
  await page.locator(".monaco-editor .view-line").first().waitFor();
  for (const name of ["Terminal", "Files", "Editor", "Preview"]) {
    await page.getByRole("tab", { name, exact: true }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect([name, await smallTargets(page)]).toEqual([name, []]);
  }
  expect(await shownPanes(page)).toEqual(["preview"]);
});

/** Buttons that a finger would miss; the terminal's keys and a tab's cross are inside larger rows. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, [role=treeitem], .dock [role=tab]")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".monaco-editor, .keys"))
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return height < 40 && width > 0 && !element.closest(".pocket");
      })
      .map((element) => element.outerHTML.slice(0, 80)),
  );
}

const shownPanes = (page: Page): Promise<(string | undefined)[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[data-panel]")]
      .filter((pane) => pane.checkVisibility())
      .map((pane) => pane.dataset.panel),
  );

test("the end covers the page, for good, and says what is left", async () => {
  const page = await world.visit();
  await openFile(page, "app.py");
  world.desk.cut(CLOSE.ENDED);
  const over = page.getByRole("alertdialog");
  await over.getByRole("heading", { name: "Workshop ended" }).waitFor();
  await over.getByText("The instructor stopped “First steps with the Claude CLI”.").waitFor();
  await over.getByRole("button", { name: "Copy the open file" }).waitFor();
  expect(await over.getByRole("link").getAttribute("href")).toBe("http://localhost:3000/join/ended");
});

test("a seat that went on without this browser says so, also on arrival", async () => {
  const page = await world.visit();
  world.desk.cut(CLOSE.REPLACED);
  await page.getByRole("heading", { name: "Seat 04 is no longer yours" }).waitFor();
  world.desk.refusal = new Problem("UNAUTHORIZED", "no");
  await page.reload();
  await page.getByRole("heading", { name: "Seat 04 is no longer yours" }).waitFor();
});

test("missing programs are named with the remedy; looking again finds them", async () => {
  const page = await world.visit();
  const preview = page.locator('[data-panel="preview"]');
  await preview.getByText("No browser on this machine.").waitFor();
  await preview.getByText("apt install chromium tigervnc-standalone-server").waitFor();
  const before = world.desk.session.features.preview;
  world.desk.session.features.preview = { available: true };
  await preview.getByRole("button", { name: "Look again" }).click();
  await preview.getByText("Your browser is starting.").waitFor();
  world.desk.session.features.preview = before;
});

test.each([
  ["a wide page", undefined],
  ["a phone", PHONE],
])("a notice on %s leaves the prompt to be seen", async (_, options) => {
  const page = await world.visit(options);
  const second = await page.context().newPage();
  await second.goto(world.desk.url);
  const notice = await page.locator("[data-notice=tabs]").boundingBox();
  const terminal = await page.locator(".xterm-rows").boundingBox();
  expect((notice?.y ?? 0) + (notice?.height ?? 0)).toBeLessThanOrEqual(terminal?.y ?? 0);
});

test("a second tab is told to both, and untold when it closes", async () => {
  const page = await world.visit();
  const second = await page.context().newPage();
  await second.goto(world.desk.url);
  await page.getByText("This seat is open in another tab too.").waitFor();
  await second.getByText("This seat is open in another tab too.").waitFor();
  await second.close();
  await page.getByText("This seat is open in another tab too.").waitFor({ state: "hidden" });
});

test("a lost line is said over the panes and in the strip, and heals by itself", async () => {
  const page = await world.visit();
  await page.locator('body[data-line="connected"]').waitFor();
  world.desk.away = true;
  world.desk.cut(CLOSE.RESTART);
  await page.locator('body[data-line="reconnecting"]').waitFor();
  await page.locator('[data-lost="terminal"]').waitFor();
  world.desk.away = false;
  await page.locator('body[data-line="connected"]').waitFor();
  await page.locator('[data-lost="terminal"]').waitFor({ state: "hidden" });
});

test("where terminals are held back, the page says why and opens its own by itself", async () => {
  const { seat } = world.desk;
  const { attach } = seat;
  const why = "Many terminals were opened here just now. The next one opens by itself.";
  seat.attach = async () => {
    throw new Problem("RATE_LIMITED", why);
  };
  const page = await world.visit();
  await page.locator('[data-lost="terminal"]', { hasText: why }).waitFor();
  seat.attach = attach;
  await page.locator('body[data-line="connected"]').waitFor();
  await page.locator('[data-lost="terminal"]').waitFor({ state: "hidden" });
  world.desk.cut(CLOSE.RESTART);
  // Not the words of before.
  await page.locator('[data-lost="terminal"]', { hasText: "What you type is kept" }).waitFor({ state: "attached" });
});

test("where seats aren't walled off, the page says so", async () => {
  world.desk.session.features.isolation = "none";
  const page = await world.visit();
  await page.getByRole("button", { name: "Not isolated" }).click();
  await page.getByText("Seats are not isolated from each other here.").waitFor();
  world.desk.session.features.isolation = "container";
});

test("the theme goes system → light → dark and is there before the first paint", async () => {
  const page = await world.visit();
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const button = page.locator("[data-theme-button]");
  expect(await theme()).toBeUndefined();
  await button.click();
  expect(await theme()).toBe("light");
  await button.click();
  expect(await theme()).toBe("dark");
  await page.reload({ waitUntil: "commit" });
  await page.waitForFunction(() => document.body !== null);
  expect(await theme()).toBe("dark");
});
