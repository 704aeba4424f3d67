import { afterAll, beforeAll, expect, jest, test } from "bun:test";
import { h } from "preact";
import { liveStream } from "../../../gateway/routes/pages/live.ts";
import { BEAT, BEAT_MS } from "../../../views/client/portal/beat.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../support/paper-services.ts";
import { until } from "../../support/until.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages.end());

test("the stream brings the whole part at once and after each change, in lines a browser understands, and ends with its reader", async () => {
  const workshop = paperWorkshop({ state: "failed", failure: "one\r\ntwo\rthree" });
  pages.workshops.set(workshop.id, workshop);
  const reader = new AbortController();
  const answer = await fetch(`${pages.url}/workshops/${workshop.id}/events`, {
    headers: { cookie: SESSION },
    signal: reader.signal,
  });
  expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
  let read = "";
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) read += new TextDecoder().decode(chunk);
  })().catch(() => undefined);
  await until("the first state", () => read.includes("\n\n"));
  expect(read).toContain("The workshop did not start.");
  expect(
    read
      .trimEnd()
      .split("\n")
      .every((line) => line.startsWith("data: ")),
  ).toBe(true);
  await until("the page to watch", () => pages.watchers() === 1);
  workshop.state = "running";
  pages.changed();
  await until("the next state", () => read.includes("Learners"));
  await until("the page to watch again", () => pages.watchers() === 1);
  reader.abort();
  await reading;
  await until("the watcher to be gone", () => pages.watchers() === 0);
});

test("a workshop that isn't there has no stream", async () => {
  const answer = await pages.get("/workshops/ws-zzzzzz/events");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
});

test("a board on a projector follows the class to its end", async () => {
  const workshop = paperWorkshop({ state: "running" });
  pages.workshops.set(workshop.id, workshop);
  const page = await (await pages.get(`/workshops/${workshop.id}/board`)).text();
  expect(page).toContain(`hx-sse:connect="/workshops/${workshop.id}/board/events"`);
  const part = async () => (await pages.get(`/workshops/${workshop.id}/board`, { "hx-request": "true" })).text();
  expect(await part()).toStartWith("<");
  expect(await part()).not.toContain("<html");
  const reader = new AbortController();
  const answer = await fetch(`${pages.url}/workshops/${workshop.id}/board/events`, {
    headers: { cookie: SESSION },
    signal: reader.signal,
  });
  let read = "";
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) read += new TextDecoder().decode(chunk);
  })().catch(() => undefined);
  await until("the code", () => read.includes("taken"));
  await until("the page to watch", () => pages.watchers() === 1);
  workshop.state = "stopping";
  pages.changed();
  await until("the end", () => read.includes(`“${workshop.name}” has ended.`));
  expect(await part()).toContain(`“${workshop.name}” has ended.`);
  expect(read.slice(read.lastIndexOf("\n\n", read.length - 3))).not.toContain("taken");
  reader.abort();
  await reading;
});

test("a stream on which nothing changes beats, for pages to hear", async () => {
  const gone = new AbortController();
  async function* nothing(): AsyncGenerator<string> {
    await new Promise((resolve) => gone.signal.addEventListener("abort", resolve));
  }
  jest.useFakeTimers();
  try {
    const { body } = liveStream({ done: true, value: undefined }, nothing(), gone, () => h("p", {}));
    const reader = body?.getReader();
    const read = reader?.read();
    jest.advanceTimersByTime(BEAT_MS);
    expect(new TextDecoder().decode((await read)?.value)).toBe(`event: ${BEAT}\ndata:\n\n`);
    await reader?.cancel();
  } finally {
    jest.useRealTimers();
  }
  expect(gone.signal.aborted).toBe(true);
});
