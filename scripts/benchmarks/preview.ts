import { readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { AgentAddress } from "../../agent/contract/running.ts";
import { launchChromium } from "../../test/support/browser.ts";
import { join, type Learner } from "../../test/support/learner.ts";
import { runningWorkshop, startWorld, type World } from "../../test/support/world.ts";
import { type Figure, percentile } from "./figures.ts";
import { MEASURED_PAGE } from "./preview-pages.ts";
import { beginMeter, seenSince, watchSquare } from "./preview-viewer.ts";
import { processorSeconds } from "./process-figures.ts";

const WATCHED_MS = 10_000;
const KEYS = 30;
/** Between two keys, so that one's picture is never taken for another's. */
const PAUSE_MS = 150;

/** A seat's screen as a learner's browser shows it, by pictures over the web connection. */
export async function preview(): Promise<Figure[]> {
  const world = await startWorld();
  const browser = await launchChromium({ args: [] });
  try {
    const { code, id } = await runningWorkshop(world, { seats: 1, name: "Bench" });
    const learner = await join(world, { code, name: "Learner" });
    const page = await openPage(browser, learner);
    const seat = await seatBrowser(learner);
    const shown = seat.contexts()[0]?.pages()[0];
    await shown?.setContent(MEASURED_PAGE);
    await watchSquare(page);
    const figures = await keyToPixel(page);
    for (const motion of ["lesson", "motion"]) {
      await shown?.setContent(MEASURED_PAGE);
      await shown?.evaluate(`begin.${motion}()`);
      figures.push(...(await watched(page, motion, servers(world, id))));
    }
    await seat.close();
    return figures;
  } finally {
    await browser.close();
    await world.end();
  }
}

async function openPage(browser: Browser, learner: Learner): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1600, height: 900 } })).newPage();
  await beginMeter(page);
  await page.goto(`${learner.base}/?token=${learner.token}`);
  await page.getByRole("button", { name: "Got it" }).click();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await page.locator("[data-screen] canvas").waitFor();
  return page;
}

async function seatBrowser(learner: Learner): Promise<Browser> {
  const terminal = await learner.terminal();
  const said = await terminal.run("clear; echo at $CLARATEACH_CDP_URL-", /at http:\S+-/);
  terminal.close();
  return chromium.connectOverCDP(/at (http:\S+)-/.exec(said)?.[1] ?? "");
}

async function keyToPixel(page: Page): Promise<Figure[]> {
  await page.mouse.click(640, 600);
  await seenSince(page);
  for (let i = 0; i < KEYS; i++) {
    await page.keyboard.press("a");
    await Bun.sleep(PAUSE_MS);
  }
  const { keysMs } = await seenSince(page);
  const bench = "preview";
  return [50, 95].map((p) => ({ bench, name: `key to pixel, p${p}`, value: percentile(keysMs, p), unit: "ms" }));
}

async function watched(page: Page, what: string, pids: readonly number[]): Promise<Figure[]> {
  const taken = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  await Bun.sleep(2000); // quality and size follow the line: they settle
  await seenSince(page);
  const [before, began] = [taken(), performance.now()];
  await Bun.sleep(WATCHED_MS);
  const { pictures, bytes } = await seenSince(page);
  const [seconds, used] = [(performance.now() - began) / 1000, taken() - before];
  const bench = "preview";
  return [
    { bench, name: `pictures a second, ${what}`, value: pictures / seconds, unit: "1/s" },
    { bench, name: `on the line, ${what}`, value: bytes / 1000 / seconds, unit: "kB/s" },
    { bench, name: `processor time of agent and screen for each picture, ${what}`, value: (used * 1000) / pictures, unit: "ms" },
  ];
}

/** The agent and its seats' screens; the browsers draw for themselves. */
function servers(world: World, id: string): number[] {
  const directory = path(world.data, "machines", `clarateach-${id}`);
  const { pid } = JSON.parse(readFileSync(path(directory, "agent.json"), "utf8")) as AgentAddress;
  const screens = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const argv = commandOf(name);
    return argv.includes("Xtigervnc") && argv.includes(directory);
  });
  return [pid, ...screens.map(Number)];
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
