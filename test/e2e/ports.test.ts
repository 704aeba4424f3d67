/** A learner's own server in a tab of a real browser: offered by her page, opened there, and walled off from it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startTestAgent, type TestAgent } from "../support/agent.ts";
import { launchChromium } from "../support/browser.ts";
import { startInSeat } from "../support/seat-servers.ts";
import { until } from "../support/until.ts";

const FIXTURE = new URL("../fixtures/learners-server.ts", import.meta.url).pathname;

let agent: TestAgent;
let browser: Browser;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await agent.end();
});

/** In her workspace. */
async function sitDown(seat: number): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const { authorization = "" } = await agent.learner(seat);
  await page.goto(`${agent.address().url}/?token=${authorization.slice("Bearer ".length)}`);
  await page.locator('body[data-line="connected"]').waitFor();
  return { context, page };
}

/** Ports that the kernel hands out aren't offered by themselves. */
const PORT = 18_000 + Math.floor(Math.random() * 10_000);

test("her page offers what begins to listen; its tab has WebSockets, and neither her workspace nor its cookies", async () => {
  const { context, page } = await sitDown(1);
  const server = await startInSeat(agent, 1, [process.execPath, FIXTURE, String(PORT)], "/", PORT);
  const link = page.getByRole("link", { name: `Open in a tab: port ${PORT}` });
  await link.waitFor();
  const [tab] = await Promise.all([context.waitForEvent("page"), link.click()]);
  await tab.getByRole("heading", { name: "My own server" }).waitFor();
  expect(new URL(tab.url()).hostname).toBe(`01-${PORT}.localhost`);
  await until("the echo", () => tab.evaluate(() => document.body.dataset.echo === "from the page"));
  expect(await tab.evaluate(() => [document.body.dataset.cookies, window.opener])).toEqual(["", null]);
  const read = (address: string) =>
    tab.evaluate(
      (url) =>
        fetch(url, { credentials: "include" }).then(
          (answer) => answer.text(),
          () => "refused",
        ),
      address,
    );
  expect(await read(`${agent.address().url}/vm/01/session`)).toBe("refused");
  const framed = await tab.evaluate(async (url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await loaded;
    return frame.contentDocument === null;
  }, `${agent.address().url}/vm/01/`);
  expect(framed).toBe(true);
  // What it sets for the domain above is none of the workspace's.
  await tab.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: as a page would
    document.cookie = "ct_tossed=1; domain=localhost; path=/";
  });
  expect((await context.cookies(agent.address().url)).map(({ name }) => name)).not.toContain("ct_tossed");
  await server.end();
  await context.close();
});

test("somebody else in this browser reads whose page it is; her own learner gets there by its link, and waits for her server", async () => {
  const server = await startInSeat(agent, 1, [process.execPath, FIXTURE, String(PORT)], "/", PORT);
  const address = `http://01-${PORT}.localhost:${agent.address().public.port}/`;
  const { context: others, page: stranger } = await sitDown(2);
  await stranger.goto(address);
  await stranger.getByRole("heading", { name: "This is a learner’s own page" }).waitFor();
  await stranger.getByRole("link", { name: "Open it" }).click();
  await stranger.getByRole("heading", { name: "Join to come in" }).waitFor();
  await others.close();

  const { context, page } = await sitDown(1);
  await page.goto(address);
  await page.getByRole("link", { name: "Open it" }).click();
  await page.getByRole("heading", { name: "My own server" }).waitFor();
  await server.end();
  await page.reload();
  await page.getByRole("heading", { name: `Port ${PORT} is quiet` }).waitFor();
  const again = await startInSeat(agent, 1, [process.execPath, FIXTURE, String(PORT)], "/", PORT);
  await page.getByRole("heading", { name: "My own server" }).waitFor();
  await again.end();
  await context.close();
});
