/** A live page behind whatever holds its stream back: a real browser whose clock the tests have. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import type { Browser, Page } from "playwright-core";
import { BEAT, BEAT_MS } from "../../../../views/client/portal/beat.ts";
import { launchChromium } from "../../../support/browser.ts";
import { type Pages, startPages } from "../../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../../support/paper-services.ts";
import { until } from "../../../support/until.ts";

let pages: Pages;
let browser: Browser;
let between: ReturnType<typeof startBetween>;
beforeAll(async () => {
  [pages, browser] = await Promise.all([startPages(), launchChromium()]);
  between = startBetween(pages.url);
});
afterAll(async () => {
  await browser.close();
  await between.server.stop(true);
  await pages.end();
});

/** Before the pages: what they ask passes, streams are the test's own. */
function startBetween(url: string) {
  const box = {
    holds: true,
    asked: 0,
    asking: 0,
    /** Answers to what a page asks by itself wait for it. */
    late: undefined as Promise<void> | undefined,
    streams: new Set<ReadableStreamDefaultController>(),
    server: undefined as unknown as Server<undefined>,
  };
  const stream = () =>
    new Response(
      new ReadableStream({
        start: (controller) => void box.streams.add(controller),
        cancel: () => box.streams.clear(),
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  box.server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/events")) return box.holds ? new Promise<Response>(() => undefined) : stream();
      const answer = await fetch(url + pathname, { headers: request.headers, decompress: false });
      if (!request.headers.get("hx-request")) return answer;
      box.asked++;
      box.asking++;
      await box.late;
      box.asking--;
      return answer;
    },
  });
  return box;
}

const say = (text: string) => {
  for (const controller of between.streams) controller.enqueue(new TextEncoder().encode(text));
};

async function open(path: string): Promise<Page> {
  const context = await browser.newContext({ extraHTTPHeaders: { cookie: SESSION } });
  const page = await context.newPage();
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  await page.goto(`http://127.0.0.1:${between.server.port}${path}`);
  await page.evaluate(() => {
    const seen = Object.assign(window, { asks: 0, heard: 0 });
    document.addEventListener("ask", () => void seen.asks++, true);
    document.addEventListener("htmx:sse:before:message", () => void seen.heard++, true);
  });
  return page;
}

/** By this document since it was opened: a reload has none. */
const seenBy = (page: Page) =>
  page.evaluate(() => {
    const { asks, heard } = window as { asks?: number; heard?: number };
    return { asks, heard };
  });

/** Its clock goes on by a little, for what waits for its next turn. */
const soon = (what: string, page: Page, look: () => boolean | Promise<boolean>) =>
  until(what, async () => {
    await page.clock.runFor(10);
    return look();
  });

/** The page's clock doesn't go on before: what it hears, it hears at this time. */
async function sayTo(page: Page, text: string): Promise<void> {
  const { heard = 0 } = await seenBy(page);
  say(text);
  await until("the page to hear it", async () => ((await seenBy(page)).heard ?? 0) > heard);
}

test("a page whose stream is held back asks by itself, and stops when the stream flows", async () => {
  const workshop = paperWorkshop({ state: "running" });
  pages.workshops.set(workshop.id, workshop);
  const page = await open(`/workshops/${workshop.id}`);
  await page.clock.runFor(4000);
  expect(between.asked).toBe(0);
  await page.clock.runFor(2000);
  await soon("the page to ask", page, () => between.asked > 0);
  Object.assign(workshop, { state: "failed", failure: "It burnt." });
  await page.clock.runFor(4000);
  await soon("the news", page, () => page.getByText("It burnt.").isVisible());
  expect(await page.locator("#away").isHidden()).toBe(true);

  between.holds = false;
  await until("a stream", async () => {
    await page.clock.runFor(5000);
    return between.streams.size > 0;
  });
  await sayTo(page, "data: <p>an old part</p>\n\n");
  for (const _ of [1, 2, 3]) {
    await page.clock.runFor(BEAT_MS);
    await sayTo(page, `event: ${BEAT}\ndata:\n\n`);
  }
  expect(await page.getByText("It burnt.").isVisible()).toBe(true);
  const { asks } = await seenBy(page);
  expect(asks).toBeGreaterThan(0);
  await page.clock.runFor(BEAT_MS);
  await sayTo(page, "data: <p>news by the stream</p>\n\n");
  await soon("them", page, () => page.getByText("news by the stream").isVisible());
  expect((await seenBy(page)).asks).toBe(asks);
  await page.context().close();
});

test("an answer to what was asked before the stream brought news doesn't take their place", async () => {
  const workshop = paperWorkshop({ state: "running" });
  pages.workshops.set(workshop.id, workshop);
  between.holds = true;
  const page = await open(`/workshops/${workshop.id}`);
  await page.clock.runFor(6000);
  between.holds = false;
  await until("a stream", async () => {
    await page.clock.runFor(5000);
    return between.streams.size > 0;
  });
  const beat = () => sayTo(page, `event: ${BEAT}\ndata:\n\n`);
  for (const _ of [1, 2]) {
    await page.clock.runFor(BEAT_MS);
    await beat();
  }
  await page.clock.runFor(BEAT_MS);
  await soon("nothing to be asked any more", page, () => between.asking === 0);
  const late = Promise.withResolvers<void>();
  between.late = late.promise;
  // With the third it asks for the last time.
  const asked = page.waitForRequest((request) => request.headers()["hx-request"] !== undefined);
  await beat();
  await soon("it to ask", page, () => between.asking > 0);
  Object.assign(workshop, { state: "failed", failure: "It burnt." });
  await sayTo(page, "data: <p>It burnt.</p>\n\n");
  await soon("the news", page, () => page.getByText("It burnt.").isVisible());
  late.resolve();
  // Whole, or given up.
  await (await (await asked).response())?.finished();
  await page.clock.runFor(1000);
  expect(await page.getByText("It burnt.").isVisible()).toBe(true);
  await page.context().close();
});
