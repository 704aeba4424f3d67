import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Server, ServerWebSocket } from "bun";
import { CLOSE } from "../../../../agent/contract/close.ts";
import { backoff, type Link, type LinkOptions, type LinkState, openLink } from "../../../../views/client/workspace/reconnect.ts";
import { Gate } from "../../../../views/client/workspace/seat/gate.ts";
import { until } from "../../../support/until.ts";

let server: Server<undefined>;
let sockets: ServerWebSocket<undefined>[];
let heard: string[];
/** 0 takes everybody in. */
let refuses = 0;
let link: Link;
let states: LinkState[];

beforeEach(() => {
  sockets = [];
  heard = [];
  states = [];
  refuses = 0;
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, self) => (refuses-- > 0 || !self.upgrade(request) ? new Response("no", { status: 403 }) : undefined),
    websocket: {
      open: (socket) => void sockets.push(socket),
      message: (_socket, message) => void heard.push(String(message)),
    },
  });
});
afterEach(async () => {
  link.close();
  await server.stop(true);
});

function opened(options: Partial<LinkOptions> = {}): Link {
  link = openLink({ url: server.url.href, onMessage() {}, onState: (state) => void states.push(state), ...options });
  return link;
}

const open = (count: number) => until(`socket ${count}`, () => sockets.length === count && link.state === "connected");

test("comes back after a cut, and says so", async () => {
  opened();
  await open(1);
  sockets[0]?.close(CLOSE.RESTART, "back soon");
  await open(2);
  sockets[1]?.terminate();
  await open(3);
  expect(states).toEqual(["connected", "reconnecting", "connected", "reconnecting", "connected"]);
  expect(link.send("here")).toBe(true);
  await until("the word", () => heard.includes("here"));
});

for (const [code, state] of [
  [CLOSE.ENDED, "ended"],
  [CLOSE.REPLACED, "replaced"],
] as const) {
  test(`${code} is for good: ${state}`, async () => {
    opened();
    await open(1);
    sockets[0]?.close(code, "over");
    await until(state, () => link.state === state);
    link.retryNow();
    link.renew();
    expect(link.send("x")).toBe(false);
    expect(states).toEqual(["connected", state]);
    expect(sockets.length).toBe(1);
  });
}

test("counts attempts that never opened, and gets in when it may", async () => {
  refuses = 3;
  const refused: number[] = [];
  opened({ onRefused: (attempts) => void refused.push(attempts) });
  await open(1);
  expect(refused).toEqual([1, 2, 3]);
});

test("something unanswered for 3 s is a dead line; anything heard shows that it isn't", async () => {
  opened();
  await open(1);
  link.expect();
  sockets[0]?.send("anything");
  await until("a dead line after the second question", () => {
    if (sockets.length === 1 && link.state === "connected" && heard.length === 0) link.send("asked");
    link.expect();
    return sockets.length === 2;
  });
  expect(states.slice(0, 2)).toEqual(["connected", "reconnecting"]);
});

test("while its gate is shut nothing is tried, whatever the browser says; it comes back when the gate opens", async () => {
  const gate = new Gate();
  opened({ gate });
  await open(1);
  gate.set(false);
  expect(link.send("still heard")).toBe(true);
  await until("the word", () => heard.includes("still heard"));
  sockets[0]?.close(CLOSE.NOT_READY, "away");
  await until("the loss", () => link.state === "reconnecting");
  for (let i = 0; i < 20; i++) link.retryNow();
  link.renew();
  expect([sockets.length, link.state]).toEqual([1, "reconnecting"]);
  gate.set(true);
  await open(2);
});

test("one that is made while its gate is shut waits, and one that is closed stays so", async () => {
  const gate = new Gate();
  gate.set(false);
  const early = opened({ gate });
  const other = openLink({ url: server.url.href, onMessage() {}, gate });
  other.close();
  gate.set(true);
  await until("a socket", () => early.state === "connected");
  expect([sockets.length, other.state]).toEqual([1, "closed"]);
});

test("with a handshake it is connected when its owner says so", async () => {
  opened({ handshake: true, onMessage: () => link.ready(), onOpen: () => void link.send("hello") });
  await until("hello", () => heard.includes("hello"));
  expect(states).toEqual([]);
  sockets[0]?.send("welcome");
  await until("connected", () => link.state === "connected");
});

test("waits are random parts of 250 ms to 5 s, and start small again", () => {
  const wait = backoff();
  const drawn = Array.from({ length: 200 }, () => wait.next());
  expect(drawn[0]).toBeLessThanOrEqual(250);
  expect(drawn[1]).toBeLessThanOrEqual(500);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(5000);
  expect(Math.max(...drawn)).toBeGreaterThan(4000);
  expect(new Set(drawn).size).toBeGreaterThan(190);
  wait.reset();
  expect(wait.next()).toBeLessThanOrEqual(250);
});
