import { type Browser, chromium, type LaunchOptions } from "playwright-core";
import { PATIENCE_MS } from "./until.ts";

/** Debian's Chromium, quiet: nothing of it looks for a network of its own. */
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** xterm then draws rows of text, which a test can read. */
const NO_WEBGL = "--disable-3d-apis";

/** A browser whose pages wait as long for a condition as all tests do, not Playwright's 30 s. */
export async function launchChromium({ args = [NO_WEBGL], ...more }: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...ARGS, ...args], ...more });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return browser;
}
