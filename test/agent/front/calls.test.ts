/** Who takes an answer slowly holds a slot of the front's all the while: it has to be counted. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import { forward } from "../../../agent/front/calls.ts";
import { openUnderWay } from "../../../agent/front/under-way.ts";
import { openUpstreams } from "../../../agent/front/upstreams.ts";
import { until } from "../../support/until.ts";

const LONG = 8 * 1024 * 1024;
let sent = 0;
const behind = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/long") return new Response(new Uint8Array(LONG));
    return pathname === "/endless" ? new Response(endless()) : new Response("short");
  },
});
const endless = () =>
  new ReadableStream({
    pull: (controller) => {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    },
  });

/** Calls of which nothing is on its way any more. */
let over = 0;
const underWay = openUnderWay();
const upstreams = openUpstreams();
const door = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => {
    const path = new URL(request.url).pathname;
    const target = { upstream: `127.0.0.1:${behind.port}`, path, client: "127.0.0.1" };
    const leave = () => void over++;
    return forward(request, target, { now: leave, onceTaken: () => underWay.watch(request, server, leave) }, upstreams);
  },
});

beforeEach(() => {
  over = 0;
});
afterAll(async () => {
  underWay.stop();
  upstreams.stop();
  await Promise.all([door.stop(true), behind.stop(true)]);
});

test("a call is over once all of its answer was taken", async () => {
  expect(await (await fetch(door.url)).text()).toBe("short");
  expect(over).toBe(1);
  const long = await fetch(new URL("/long", door.url));
  expect((await long.bytes()).length).toBe(LONG);
  await until("its end to be seen", () => over === 2);
});

test("who takes nothing of a long answer is counted until he leaves", async () => {
  const client = connect(Number(door.port), "127.0.0.1")
    .pause()
    .on("error", () => {});
  client.write("GET /endless HTTP/1.1\r\nHost: front\r\n\r\n");
  let before = 0;
  const stands = () => {
    const still = sent > 0 && sent === before;
    before = sent;
    return still;
  };
  await until("the answer to stand", stands);
  await (await fetch(new URL("/long", door.url))).bytes();
  await until("another one's end to be seen", () => over === 1);
  client.destroy();
  await until("the call to be over", () => over === 2);
});
