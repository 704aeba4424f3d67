import { afterAll, expect, test } from "bun:test";
import { CALLS_PER_SEAT, SOCKETS_PER_SEAT } from "../../../agent/ports/limits.ts";
import { newSecret, wayOf } from "../../../agent/ports/tickets.ts";
import { locationOf, type PortBrowser, pathOf, portBrowser } from "../../support/port-browser.ts";
import { openPortSocket } from "../../support/port-socket.ts";
import { LEARNERS_SERVER, openPortWorld } from "../../support/port-world.ts";
import { startInSeat } from "../../support/seat-servers.ts";
import { until } from "../../support/until.ts";

const { agent, server, hers, end } = await openPortWorld(3);
afterAll(end);

const status = async (browser: PortBrowser, headers: Record<string, string> = {}, init: RequestInit & { host?: string } = {}) =>
  (await browser.call("/asked", { ...init, headers })).status;
const stranger = () => portBrowser(agent, 1, server.port);
const siblings = () => `http://02-${server.port}.localhost:${agent.address().public.port}`;

test("without a cookie a person reads how to open it, and nothing reaches the server", async () => {
  const answer = await stranger().call("/", { headers: { accept: "text/html" } });
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain(`${agent.address().url}/vm/01/ports/${server.port}`);
  expect(await status(stranger())).toBe(403);
  expect(await status(stranger(), await agent.learner(1))).toBe(403);
  expect((await openPortSocket(stranger(), "/echo")).opened).toBe(false);
});

test("only the seat's learner is given a ticket", async () => {
  const path = `${agent.address().url}/vm/01/ports/${server.port}?way=${wayOf(newSecret())}`;
  expect((await fetch(path, { redirect: "manual" })).status).toBe(401);
  expect((await fetch(path, { redirect: "manual", headers: await agent.learner(2) })).status).toBe(403);
});

/** A browser on its way, and the address with its ticket. */
async function halfway(browser: PortBrowser, by = browser): Promise<string> {
  const begun = await browser.call("/.clarateach/begin");
  return pathOf(locationOf(await by.ask(new URL(locationOf(begun)).search)));
}

test("a ticket opens once", async () => {
  const browser = stranger();
  const path = await halfway(browser);
  expect((await browser.call(path)).status).toBe(303);
  expect((await browser.call(path)).status).toBe(403);
});

test("a ticket opens nothing in another browser, and afterwards not in its own either", async () => {
  const [browser, victim] = [stranger(), stranger()];
  const path = await halfway(browser);
  await victim.call("/.clarateach/begin");
  expect((await victim.call(path)).status).toBe(403);
  expect(victim.cookies.has("ct_port")).toBe(false);
  expect((await browser.call(path)).status).toBe(403);
});

test("a ticket of another seat or port opens nothing here", async () => {
  for (const other of [portBrowser(agent, 2, server.port), portBrowser(agent, 1, server.port + 1)]) {
    const browser = stranger();
    expect((await browser.call(await halfway(browser, other))).status).toBe(403);
    expect(await status(browser)).toBe(403);
  }
});

test("a cookie is of one seat and one port", async () => {
  const cookie = `ct_port=${hers.cookies.get("ct_port")}`;
  expect(await status(hers)).toBe(200);
  expect(await status(portBrowser(agent, 2, server.port), { cookie })).toBe(403);
  expect(await status(portBrowser(agent, 1, server.port + 1), { cookie })).toBe(403);
  const forged = ["", "1.", "1.x", "2.".concat(hers.cookies.get("ct_port")?.slice(2) ?? ""), `1${cookie.slice(8)}`];
  for (const value of forged) expect(await status(stranger(), { cookie: `ct_port=${value}` })).toBe(403);
});

test("names that aren't this machine's lead nowhere: a stranger's domain that points here (DNS rebinding)", async () => {
  for (const host of [`01-${server.port}.evil.org`, `01-${server.port}.localhost`, `01-${server.port}.localhost:1`])
    expect(await status(hers, {}, { host })).toBe(403);
});

test("pages of other seats and sites may lead here, and ask nothing", async () => {
  for (const origin of [siblings(), "https://evil.org", agent.address().url, "null"]) {
    expect(await status(hers, { origin }, { method: "POST", body: "x" })).toBe(403);
    expect(await status(hers, { origin, "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" })).toBe(403);
    expect((await openPortSocket(hers, "/echo", { headers: { origin } })).opened).toBe(false);
  }
  const from = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  expect(await status(hers, { ...from, "sec-fetch-dest": "document" })).toBe(200);
  expect(await status(hers, { ...from, "sec-fetch-dest": "iframe" })).toBe(403);
  expect(await status(hers, { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", referer: `${siblings()}/` })).toBe(403);
  const own = hers.origin.replace(String(server.port), "5173");
  expect(await status(hers, { origin: own }, { method: "POST", body: "x" })).toBe(200);
});

test("her own port's page doesn't get at the workspace: what it asks there is refused, and its answers can't be read", async () => {
  const { url } = agent.address();
  const cookie = { origin: hers.origin, cookie: "ct_any=1" };
  const put = await fetch(`${url}/vm/01/files/workspace/x`, { method: "PUT", body: "{}", headers: cookie });
  expect(put.status).toBe(403);
  const read = await fetch(`${url}/vm/01/session`, { headers: { ...(await agent.learner(1)), origin: hers.origin } });
  expect(read.headers.get("access-control-allow-origin")).toBeNull();
  expect(read.headers.get("cross-origin-resource-policy")).toBe("same-origin");
});

test("no service worker outlives a learner at her port", async () => {
  expect(await status(hers, { "service-worker": "script" })).toBe(403);
});

test("a new learner's browser forgets what the one before kept", async () => {
  const browser = stranger();
  expect((await browser.enter()).headers.get("clear-site-data")).toBe('"cache", "storage"');
  expect((await browser.enter()).headers.get("clear-site-data")).toBeNull();
});

test("ports of the product, of root and of others aren't opened", async () => {
  for (const port of [22, 80, 1023, 9222]) expect(await status(portBrowser(agent, 1, port))).toBe(404);
  expect((await portBrowser(agent, 1, 80).ask()).status).toBe(404);
  const { public: open, plane } = agent.address();
  const quiet = [portBrowser(agent, 1, open.port), portBrowser(agent, 1, plane.port), portBrowser(agent, 2, server.port)];
  for (const browser of quiet) {
    await browser.enter();
    expect(await status(browser)).toBe(503);
  }
});

test("what is sent beside HTTP's rules reaches nobody", async () => {
  const { host } = new URL(hers.origin);
  const head = `Host: ${host}\r\nCookie: ct_port=${hers.cookies.get("ct_port")}\r\nOrigin: ${hers.origin}\r\n`;
  const smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const odd: [status: number, text: string][] = [
    [400, `POST /asked HTTP/1.1\r\n${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`],
    [
      400,
      `POST /asked HTTP/1.1\r\n${head}Content-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [403, `GET /asked HTTP/1.1\r\n${head}Host: localhost\r\n\r\n`],
    [400, `TRACE /asked HTTP/1.1\r\n${head}\r\n`],
    [400, `CONNECT localhost:22 HTTP/1.1\r\n${head}\r\n`],
  ];
  const seen = async () => ((await (await hers.call("/seen")).json()) as { paths: string[] }).paths;
  const before = await seen();
  expect(before.at(-1)).toBe("/seen");
  for (const [code, text] of odd) expect(await said(text), text).toStartWith(`HTTP/1.1 ${code} `);
  expect(await seen()).toEqual([...before, "/seen"]);
});

/** What is answered to these bytes: the head of the first answer at least. */
async function said(bytes: string): Promise<string> {
  let text = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port } = agent.address().public;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, data) => {
        text += data.toString("latin1");
        if (/\r\n\r\n/.test(text)) resolve();
      },
      close: () => resolve(),
    },
  });
  socket.write(bytes);
  await promise;
  socket.end();
  return text;
}

test("one seat's servers hold so many sockets and calls, and its terminal isn't counted with them", async () => {
  const opened = [];
  for (let i = 0; i < SOCKETS_PER_SEAT; i++) opened.push(await openPortSocket(hers, "/echo"));
  expect(opened.every((one) => one.opened)).toBe(true);
  expect((await openPortSocket(hers, "/echo")).opened).toBe(false);
  const news = new WebSocket(`${agent.address().url.replace("http", "ws")}/vm/01/news`, {
    headers: await agent.learner(1),
  } as unknown as string[]);
  await new Promise((resolve) => news.addEventListener("message", resolve, { once: true }));
  news.close();
  for (const { socket } of opened) socket.close();
  const streams = new AbortController();
  const quiet = portBrowser(agent, 1, server.port + 1);
  await quiet.enter();
  // An answer that nobody holds any more is hung up on when memory is tidied.
  const ticks = await Promise.all(Array.from({ length: CALLS_PER_SEAT }, () => hers.call("/ticks", { signal: streams.signal })));
  expect(await status(hers)).toBe(429);
  // Whether anybody listens there isn't even looked for.
  expect(await status(quiet)).toBe(429);
  expect(new Set(ticks.map(({ status }) => status))).toEqual(new Set([200]));
  streams.abort();
  await until("the streams to have ended", async () => (await status(hers)) === 200);
  await until("the sockets to have ended", async () => {
    const one = await openPortSocket(hers, "/echo");
    one.socket.close();
    return one.opened;
  });
});

test("who was moved or removed is cut, in the middle of what she does, and doesn't come back", async () => {
  const other = await startInSeat(agent, 3, LEARNERS_SERVER);
  const browser = portBrowser(agent, 3, other.port);
  await browser.enter();
  const { closed } = await openPortSocket(browser, "/echo");
  const ticks = await browser.call("/ticks");
  const path = await halfway(browser);
  await agent.put({ seats: agent.document.seats.map((one) => (one.seat === 3 ? { ...one, generation: 2 } : one)) });
  expect((await closed).code).toBe(4003);
  expect(await ticks.text().catch(() => "cut")).toBe("cut");
  expect((await browser.call(path)).status).toBe(401);
  const answer = await browser.call("/", { headers: { accept: "text/html" } });
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain("Your instructor freed seat 03");
  await other.end();
});
