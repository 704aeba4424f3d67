import { type Browser, type BrowserContext, chromium, type LaunchOptions, type Request } from "playwright-core";
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
/** The same, to which no change of this computer's networks is told: tests beside make bridges. */
export const DEAF = new URL("deaf-chromium.ts", import.meta.url).pathname;
/** For pages with WebRTC, which is told of this computer's addresses by the same socket, or one page of five finds none. */
export const HEARING: LaunchOptions = { executablePath: "/usr/bin/chromium" };
/** xterm then draws rows of text, which a test can read. */
export const NO_WEBGL = "--disable-3d-apis";

/** A browser whose pages wait as long for a condition as all tests do, not Playwright's 30 s. */
export async function launchChromium({ args = [NO_WEBGL], ...more }: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: DEAF,
    args: [...ARGS, ...args],
    timeout: PATIENCE_MS,
    ...more,
  });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    tellOfStuck(context);
    return context;
  };
  return browser;
}

/** Says in a test's output what a page waits for, before a limit of time ends the test without a reason. */
function tellOfStuck(context: BrowserContext): void {
  const waiting = new Map<Request, Timer>();
  const over = (request: Request) => {
    clearTimeout(waiting.get(request));
    waiting.delete(request);
  };
  context.on("request", (request) => {
    const say = () =>
      console.log(`    ${request.method()} ${request.url()} has no answer, or an unfinished one, since ${PATIENCE_MS / 2000} s`);
    waiting.set(request, setTimeout(say, PATIENCE_MS / 2).unref());
  });
  context.on("response", (response) => {
    // A stream has no end.
    if (response.headers()["content-type"]?.startsWith("text/event-stream")) over(response.request());
  });
  for (const event of ["requestfinished", "requestfailed"] as const) context.on(event as "requestfinished", over);
  context.on("close", () => [...waiting.keys()].forEach(over));
}
