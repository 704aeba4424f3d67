import { readdirSync, readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { launchChromium } from "../../test/support/browser.ts";
import { openLivePane } from "../../test/support/live-pane.ts";
import { until } from "../../test/support/until.ts";
import { beginMeter } from "./preview-viewer.ts";

/** A screen as a learner's browser shows it. */
export interface Watched {
  /** The learner's page, metered, with the screen in it. */
  page: Page;
  /** The page on the screen. */
  shown: Page;
  /** The processes that make pictures of the screen and send them; not the browsers, which draw for themselves. */
  servers(): number[];
  end(): Promise<void>;
}

/**
 * Live video by WebRTC. Its encoder is the tests' stand-in for neko, ffmpeg with x264 at 20 frames a second and 1.8 Mbit/s: what neko itself
 * takes isn't measured by this. What sends its packets is in this process and isn't counted.
 */
export async function openLive(): Promise<Watched> {
  const [pane, browser] = [await openLivePane(), await launchChromium({ args: [] })];
  const { page: shown, vnc, display } = pane.screen;
  const page = await (await browser.newContext({ viewport: { width: 1600, height: 900 } })).newPage();
  await beginMeter(page);
  await page.goto(pane.url);
  await page.getByRole("button", { name: "Got it" }).click();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await until("live video", () => page.locator("[data-shown] video").isVisible());
  return {
    ...{ page, shown },
    servers: () => [...programs("Xtigervnc", vnc), ...programs("x11grab", display)],
    async end() {
      await browser.close();
      await pane.end();
    },
  };
}

/** Processes in whose command line all these words stand. */
export function programs(...words: string[]): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && words.every((word) => commandOf(name).includes(word)));
  return pids.map(Number);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
