import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Driver } from "../support/browsers/driver.ts";
import { startFirefox } from "../support/browsers/firefox.ts";
import { startWebkit } from "../support/browsers/webkit.ts";
import { look, serveStates } from "../support/state-pages.ts";
import { STATES } from "../support/states.tsx";

const server = serveStates();
afterAll(() => server.stop(true));

describe.each([
  ["Firefox", startFirefox],
  ["WebKit", startWebkit],
] as const)("%s", (_, start) => {
  let browser: Driver;
  beforeAll(async () => {
    browser = await start();
  });
  afterAll(() => browser?.close());

  test.each(Object.keys(STATES))("%s fits, and every control has a name", async (name) => {
    await browser.open(`http://127.0.0.1:${server.port}/${name}`);
    expect(await browser.run(look)).toMatchObject({ cut: [], unnamed: [], small: [] });
    expect(await browser.run(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});
