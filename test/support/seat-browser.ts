import { type Browser, chromium, type Page } from "playwright-core";
import { openPreviews } from "../../agent/previews/previews.ts";
import { socketPath } from "../../agent/previews/screen.ts";
import { openProcessSeats } from "./process-seats.ts";
import { PATIENCE_MS } from "./until.ts";

/** A seat's own browser on its own screen, as the agent runs them, without an agent around it. */
export interface SeatBrowser {
  /** The tab that is shown, driven as a script of the learner's would. */
  tab: Page;
  browser: Browser;
  /** Where the screen speaks RFB. */
  screen: string;
  /** Directory that is `/workspace` to the learner. */
  workspace: string;
  end(): Promise<void>;
}

export async function startSeatBrowser(): Promise<SeatBrowser> {
  const seats = await openProcessSeats();
  const seat = await seats.seat(1);
  const previews = openPreviews({ path: process.env.PATH });
  previews.openSeat(seat);
  // The first connection starts it, and holds it. By default it would have the downloads too.
  const options = { timeout: PATIENCE_MS, noDefaults: true };
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${seat.cdpPort}`, options);
  const context = browser.contexts()[0] ?? (await browser.newContext());
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    tab: context.pages()[0] ?? (await context.newPage()),
    browser,
    screen: socketPath(seat),
    workspace: seat.workspace,
    async end() {
      await browser.close();
      await previews.close();
      await seats.end();
    },
  };
}
