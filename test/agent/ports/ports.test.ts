import { afterAll, expect, test } from "bun:test";
import { locationOf, portBrowser } from "../../support/port-browser.ts";
import { openPortSocket } from "../../support/port-socket.ts";
import { LEARNERS_SERVER, openPortWorld } from "../../support/port-world.ts";
import { startInSeat } from "../../support/seat-servers.ts";
import { until } from "../../support/until.ts";

const MB = 1024 * 1024;
const { agent, server, hers, end } = await openPortWorld(2);
afterAll(end);

const asked = async (init: RequestInit = {}) =>
  (await (await hers.call("/asked", init)).json()) as { method: string; path: string; headers: [string, string][] };

test("her page is what her server says, and nothing of ours is added to it", async () => {
  const answer = await hers.call("/");
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("My own server");
  expect(answer.headers.get("content-security-policy")).toBeNull();
});

test("who asks how long her page is hears it, and the next call on that connection is answered", async () => {
  const page = await (await hers.call("/")).text();
  const asked = await hers.call("/", { method: "HEAD" });
  expect([asked.status, asked.headers.get("content-length")]).toEqual([200, String(Buffer.byteLength(page))]);
  expect(await (await hers.call("/")).text()).toBe(page);
});

test("her server hears a browser on the seat itself", async () => {
  const { path, headers } = await asked({ headers: { accept: "x/y", origin: hers.origin } });
  expect(path).toBe(`http://localhost:${server.port}/asked`);
  expect(new Map(headers).get("origin")).toBe(`http://localhost:${server.port}`);
  expect(headers.some(([name]) => /^(x-)?forwarded/.test(name))).toBe(false);
});

test("no cookie of the product's reaches her server, and none of hers the workspace", async () => {
  expect([...hers.cookies.keys()]).toContain("ct_port");
  expect(new Map((await asked()).headers).get("cookie")).toBeUndefined();
  const before = hers.cookies.get("ct_port");
  const answer = await hers.call("/login");
  expect(answer.headers.getSetCookie()).toEqual(["session=1; Path=/"]);
  expect(answer.headers.get("clear-site-data")).toBeNull();
  expect(hers.cookies.get("ct_port")).toBe(before);
  expect(new Map((await asked()).headers).get("cookie")).toBe("session=1");
  hers.cookies.delete("session");
});

test("her server's redirect to its own localhost leads to its page", async () => {
  expect(locationOf(await hers.call("/login"))).toBe(`${hers.origin}/asked`);
  hers.cookies.delete("session");
});

test("large bodies pass both ways as they come", async () => {
  let bytes = 0;
  const answer = await hers.call("/big?mb=64");
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) bytes += piece.length;
  expect(bytes).toBe(64 * MB);
  const up = { method: "POST", headers: { origin: hers.origin } };
  expect(await (await hers.call("/up", { ...up, body: new Uint8Array(40 * MB) })).json()).toEqual({ bytes: 40 * MB });
  async function* pieces() {
    for (let i = 0; i < 20; i++) yield new Uint8Array(MB);
  }
  const streamed = await hers.call("/up", { ...up, body: pieces() as unknown as BodyInit });
  expect(await streamed.json()).toEqual({ bytes: 20 * MB });
});

test("a stream of events comes as it is made, and ends for the server when the browser leaves", async () => {
  const left = new AbortController();
  const answer = await hers.call("/ticks", { signal: left.signal });
  const reader = answer.body?.getReader();
  let text = "";
  while (!text.includes("data: 3")) text += new TextDecoder().decode((await reader?.read())?.value);
  const ticking = async () => ((await (await hers.call("/seen")).json()) as { ticking: number }).ticking;
  expect(await ticking()).toBe(1);
  left.abort();
  await until("it to have ended for the server", async () => (await ticking()) === 0);
});

test("a WebSocket passes: subprotocol, text, bytes, close code", async () => {
  const { socket, next, closed } = await openPortSocket(hers, "/echo", { protocols: ["vite-hmr", "x"] });
  expect(socket.protocol).toBe("vite-hmr");
  socket.send("hello");
  expect(await next()).toBe("hello");
  const large = new Uint8Array(900 * 1024).fill(7);
  socket.send(large);
  expect(Buffer.from((await next()) as ArrayBuffer).equals(Buffer.from(large))).toBe(true);
  socket.send("who");
  expect(JSON.parse((await next()) as string)).toEqual({ origin: `http://localhost:${server.port}`, cookie: null });
  socket.send("bye");
  expect(await closed).toEqual({ code: 4321, reason: "as asked" });
});

test("what a server floods a page with arrives in order; a message of any size is no way into our memory", async () => {
  const { socket, next } = await openPortSocket(hers, "/echo");
  socket.send("flood");
  for (let i = 0; i < 20_000; i++) if ((await next()) !== String(i)) throw new Error(`message ${i} is another`);
  socket.close();
  const other = await openPortSocket(hers, "/echo");
  other.socket.send("huge");
  expect((await other.closed).code).toBe(1009);
});

test("real servers of a class's languages take the browser for one on localhost", async () => {
  const python = await startInSeat(agent, 1, ["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1"], import.meta.dir);
  const browser = portBrowser(agent, 1, python.port);
  await browser.enter();
  // A look just before said that nobody listens there.
  await until("its list of files", async () => (await (await browser.call("/")).text()).includes("ports.test.ts"));
  await python.end();
});

test("a port where nobody listens says what to do, and opens by itself", async () => {
  const other = await startInSeat(agent, 1, LEARNERS_SERVER);
  const browser = portBrowser(agent, 1, other.port);
  await browser.enter();
  await other.end();
  const listening = async () =>
    ((await (await browser.call("/.clarateach/listening")).json()) as { listening: boolean }).listening;
  await until("the port to be quiet", async () => !(await listening()));
  const page = await browser.call("/", { headers: { accept: "text/html" } });
  expect(page.status).toBe(503);
  const text = await page.text();
  expect(text).toContain(`python3 -m http.server ${other.port}`);
  expect(text).toContain("/.clarateach/waiting.js");
  expect(await (await browser.call("/.clarateach/waiting.js")).text()).toContain("location.reload()");
  const program = await browser.call("/");
  expect(((await program.json()) as { error: { code: string } }).error.code).toBe("UNAVAILABLE");
});
