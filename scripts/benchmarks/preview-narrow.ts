import type { Page } from "playwright-core";
import { comeBack, seatBrowser } from "../../test/support/desk-page.ts";
import { type LearnerNetwork, openLearnerNetwork } from "../../test/support/networks/learner-network.ts";
import { DOMAIN } from "../../test/support/public-door.ts";
import { startPublicWorld } from "../../test/support/public-world.ts";
import { type Figure, percentile } from "./figures.ts";
import { CLOCK_BITS, MEASURED_PAGE } from "./preview-pages.ts";
import { beginMeter, readAges, seenSince, watchClock, watchSquare } from "./preview-viewer.ts";

/** Of loopback, and nobody else's: its https is on port 443. */
const ADDRESS = "127.77.0.12";
const RATE = "2mbit";
const SETTLING_MS = 20_000;
const WATCHED_MS = 20_000;

/** How old pictures are when they come over a line of 2 Mbit/s, of a page that scrolls without end. Needs root: the line is in a network of its own. */
export async function previewNarrow(): Promise<Figure[]> {
  const world = await startPublicWorld({ address: ADDRESS });
  let network: LearnerNetwork | undefined;
  try {
    network = await openLearnerNetwork({ address: ADDRESS, root: world.pebble.root }, {});
    const { code } = await world.workshop(1);
    const { odehash } = await world.join(code);
    const page = await (await network.browser.newContext({ viewport: { width: 1600, height: 900 } })).newPage();
    const shown = await openScreen(page, { code, odehash });
    await shown.setContent(MEASURED_PAGE);
    await watchSquare(page);
    await watchClock(page, CLOCK_BITS);
    await shown.evaluate("begin.scroll()");
    await network.pace(RATE);
    await Bun.sleep(SETTLING_MS); // quality and size follow the line
    await Promise.all([readAges(page), seenSince(page)]);
    await Bun.sleep(WATCHED_MS);
    const [ages, { bytes }] = await Promise.all([readAges(page), seenSince(page)]);
    const of = { bench: "preview-narrow", unit: "ms" };
    const name = `a picture's age when it has come by ${RATE}/s, a page that scrolls without end`;
    return [
      ...[50, 90, 99].map((p) => ({ ...of, name: `${name}, p${p}`, value: percentile(ages, p), aim: 300 })),
      { bench: of.bench, name: "pictures a second there", value: ages.length / (WATCHED_MS / 1000), unit: "1/s" },
      { bench: of.bench, name: "on the line", value: bytes / WATCHED_MS, unit: "kB/s" },
    ];
  } finally {
    await network?.end();
    await world.end();
  }
}

/** @returns the page in the seat's browser */
async function openScreen(page: Page, seated: { code: string; odehash: string }): Promise<Page> {
  await beginMeter(page);
  const desk = await comeBack(page, `https://${DOMAIN}`, seated);
  await page.getByRole("button", { name: "Open the browser" }).click();
  await page.locator("[data-screen] canvas").waitFor();
  const seat = await seatBrowser(desk);
  return seat.contexts()[0]?.pages()[0] ?? (await seat.newPage());
}
