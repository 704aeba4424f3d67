import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { HEARING, launchChromium } from "../../support/browser.ts";
import { until } from "../../support/until.ts";
import { type Desk, openDesk } from "./desk.ts";

/** One browser and one seat for a file of tests; each page is a new visitor's. */
export interface Browsing {
  desk: Desk;
  /** The page of the seat, with the arrival's card. */
  arrive(options?: BrowserContextOptions): Promise<Page>;
  /** The same after the card was put away. */
  visit(options?: BrowserContextOptions): Promise<Page>;
  /** Those that no page of ours may have, since they were asked for last. */
  errors(): string[];
  end(): Promise<void>;
}

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

export async function browse(preview?: Parameters<typeof openDesk>[0]): Promise<Browsing> {
  const desk = openDesk(preview);
  const browser: Browser = await launchChromium(preview ? HEARING : {});
  const errors: string[] = [];
  async function arrive(options: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }): Promise<Page> {
    // Two visitors at once would be two tabs of one seat.
    for (const earlier of browser.contexts()) {
      // What it was loading fails with it.
      for (const page of earlier.pages()) page.removeAllListeners("pageerror");
      await earlier.close();
    }
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.addInitScript(keepToasts);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.text().includes("Content Security Policy") && errors.push(message.text()));
    await page.goto(desk.url);
    await page.locator("[data-got-it]").waitFor();
    return page;
  }
  return {
    desk,
    errors: () => errors.splice(0),
    arrive,
    async visit(options) {
      const page = await arrive(options);
      await page.locator("[data-got-it]").click();
      return page;
    },
    async end() {
      await browser.close();
      desk.end();
    },
  };
}

type Kept = typeof globalThis & { toasts: string[] };

/** In the page, before it begins: one that came and went was said all the same. */
function keepToasts(): void {
  const kept = globalThis as Kept;
  kept.toasts = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node instanceof HTMLElement && node.matches(".toast")) kept.toasts.push(node.textContent);
  }).observe(document, { childList: true, subtree: true });
}

/** What this page, since it was loaded, said at its foot. */
export const toasts = (page: Page): Promise<string[]> => page.evaluate(() => (globalThis as Kept).toasts);

/** @returns how often by then */
export async function toasted(page: Page, words: string): Promise<number> {
  const said = async () => (await toasts(page)).filter((text) => text.includes(words)).length;
  await until(`“${words}”`, async () => (await said()) > 0);
  return said();
}

/** A row of the tree. */
export const row = (page: Page, path: string) => page.locator(`[role=treeitem][data-path="/workspace/${path}"]`);

/** Opens a file and waits until its text can be typed in. */
export async function openFile(page: Page, path: string): Promise<void> {
  await row(page, path).click();
  await page.locator(`[role=tab][data-path="/workspace/${path}"][aria-selected=true]`).waitFor();
  await page.locator(".monaco-editor.focused").waitFor();
}

/** The word at the end of the tabs. */
export const saved = (page: Page, word: string) => page.locator("[data-saved]", { hasText: new RegExp(`^${word}$`) }).waitFor();
