import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { serveAsset } from "../../views/assets.ts";
import { axeFindings } from "../support/axe.ts";
import { launchChromium } from "../support/browser.ts";
import { STATES } from "../support/states.tsx";

/** SHOTS=/tmp/pages leaves a picture of every state there, to be looked at. */
const SHOTS = process.env.SHOTS;
const STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const make = STATES[new URL(request.url).pathname.slice(1)];
    if (!make) return serveAsset(request) ?? new Response(null, { status: 204 });
    return new Response(make(), { headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": STRICT } });
  },
});
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
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${scheme}.png`, fullPage: name !== "wall" });
  });
  test.each(Object.keys(STATES))(
    "%s fits, complains of nothing, and every control has a name",
    async (name) => {
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
    },
    20_000,
  );
});

/** Runs in the page. Names as the browser computes them, near enough: own text, label, aria-label, alt. */
function look() {
  const shown = (element: Element) => element.checkVisibility({ checkVisibilityCSS: true });
  const controls = [
    ...document.querySelectorAll<HTMLElement>("a[href], button, input:not([type=hidden]), select, textarea"),
  ].filter(shown);
  /** It ends behind the edge of its card, which hides what is there. */
  const isCut = (element: Element) => {
    const card = element.closest(".card");
    return card !== null && element.getBoundingClientRect().right > card.getBoundingClientRect().right + 0.5;
  };
  const nameOf = (element: HTMLElement) =>
    element.getAttribute("aria-label") ||
    element.textContent?.trim() ||
    [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent?.trim()).join(" ");
  return {
    over: document.documentElement.scrollWidth - innerWidth,
    cut: controls.filter(isCut).map((control) => control.outerHTML),
    unnamed: controls.filter((control) => !nameOf(control)).map((control) => control.outerHTML),
    small: controls
      .filter((control) => control.matches(".button") && control.getBoundingClientRect().height < 29)
      .map((control) => control.outerHTML),
  };
}
