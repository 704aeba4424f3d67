import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { AgentAddress } from "../../agent/contract/running.ts";
import { launchChromium } from "../../test/support/browser.ts";
import { join, type Learner } from "../../test/support/learner.ts";
import { runningWorkshop, startWorld } from "../../test/support/world.ts";
import { type Figure, percentile } from "./figures.ts";
import { openLive, programs, type Watched } from "./preview-live.ts";
import { MEASURED_PAGE } from "./preview-pages.ts";
import { beginMeter, seenSince, watchSquare } from "./preview-viewer.ts";
import { processorSeconds } from "./process-figures.ts";

const WATCHED_MS = 10_000;
const KEYS = 30;
/** Between two keys, so that one's picture is never taken for another's. */
const PAUSE_MS = 150;

/** A seat's screen as a learner's browser shows it: by pictures over the web connection, and as live video. */
export async function preview(): Promise<Figure[]> {
  return [...(await measured("pictures", await openPictures())), ...(await measured("live video", await openLive()))];
}

async function measured(how: string, watched: Watched): Promise<Figure[]> {
  const { page, shown } = watched;
  try {
    await shown.setContent(MEASURED_PAGE);
    await watchSquare(page);
    const figures = await keyToPixel(page, how);
    for (const motion of ["lesson", "motion"]) {
      await shown.setContent(MEASURED_PAGE);
      await shown.evaluate(`begin.${motion}()`);
      figures.push(...(await moving(watched, `${motion}, ${how}`)));
    }
    return figures;
  } finally {
    await watched.end();
  }
}

async function openPictures(): Promise<Watched> {
  const world = await startWorld();
  const browser = await launchChromium({ args: [] });
  const { code, id } = await runningWorkshop(world, { seats: 1, name: "Bench" });
  const learner = await join(world, { code, name: "Learner" });
  const page = await openPage(browser, learner);
  const seat = await seatBrowser(learner);
  const context = seat.contexts()[0];
  const machine = path(world.data, "machines", `clarateach-${id}`);
  const { pid } = JSON.parse(readFileSync(path(machine, "agent.json"), "utf8")) as AgentAddress;
  return {
    page,
    shown: context?.pages()[0] ?? (await seat.newPage()),
    servers: () => [pid, ...programs("Xtigervnc", machine)],
    async end() {
      await seat.close();
      await browser.close();
      await world.end();
    },
  };
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

async function keyToPixel(page: Page, how: string): Promise<Figure[]> {
  await page.mouse.click(640, 600);
  await seenSince(page);
  for (let i = 0; i < KEYS; i++) {
    await page.keyboard.press("a");
    await Bun.sleep(PAUSE_MS);
  }
  const { keysMs } = await seenSince(page);
  const bench = "preview";
  return [50, 95].map((p) => ({ bench, name: `key to pixel, ${how}, p${p}`, value: percentile(keysMs, p), unit: "ms" }));
}

async function moving({ page, servers }: Watched, what: string): Promise<Figure[]> {
  await Bun.sleep(2000); // quality and size follow the line: they settle
  const pids = servers();
  const taken = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  await seenSince(page);
  const [before, began] = [taken(), performance.now()];
  await Bun.sleep(WATCHED_MS);
  const { pictures, bytes } = await seenSince(page);
  const [seconds, used] = [(performance.now() - began) / 1000, taken() - before];
  const bench = "preview";
  return [
    { bench, name: `pictures a second, ${what}`, value: pictures / seconds, unit: "1/s" },
    { bench, name: `on the line, ${what}`, value: bytes / 1000 / seconds, unit: "kB/s" },
    {
      bench,
      name: `processor time of what makes and sends them for each picture, ${what}`,
      value: (used * 1000) / pictures,
      unit: "ms",
    },
  ];
}
