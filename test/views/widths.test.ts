import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { axeFindings } from "../support/axe.ts";
import { launchChromium } from "../support/browser.ts";
import { look, serveStates } from "../support/state-pages.ts";
import { STATES } from "../support/states.tsx";

/** SHOTS=/tmp/pages leaves a picture of every state there, to be looked at. */
const SHOTS = process.env.SHOTS;
const server = serveStates();
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await server.stop(true);
});

describe.each([
  { width: 390, height: 844, scheme: "dark" },
  { width: 1280, height: 900, scheme: "light" },
  ...(SHOTS
    ? [{ width: 390, height: 844, scheme: "light" } as const, { width: 1280, height: 900, scheme: "dark" } as const]
    : []),
] as const)("$width px, $scheme", ({ width, height, scheme }) => {
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
    page = await context.newPage();
    page.on("console", (message) => /error|warning/.test(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText ?? "";
      // A page that is left gives up what it was asking for.
      if (why !== "net::ERR_ABORTED") complaints.push(`${request.url()} ${why}`);
    });
  });
  afterAll(() => page.context().close());

  test.each(Object.keys(STATES))("%s fits, complains of nothing, and every control has a name", async (name) => {
    complaints.length = 0;
    await page.goto(`http://127.0.0.1:${server.port}/${name}`);
    const seen = await page.evaluate(look);
    expect(seen.over).toBeLessThanOrEqual(0);
    expect(seen.cut).toEqual([]);
    expect(seen.unnamed).toEqual([]);
    expect(seen.small).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${scheme}.png`, fullPage: name !== "wall" });
  });
});
