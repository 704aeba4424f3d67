import { afterAll, beforeAll, expect, test } from "bun:test";
import { openConnections, SOCKETS, SOCKETS_PER_ADDRESS } from "../../../agent/front/connections.ts";
import { FailureLimits } from "../../../gateway/people/limits.ts";
import { LINE_LIMITS } from "../../../gateway/routes/check-line.ts";
import { LINES, Lines } from "../../../gateway/workshops/checks/lines.ts";
import { until } from "../../support/until.ts";
import { type Desk, openDesk, runningRecord, URL_OF_GATEWAY } from "../support.ts";

let desk: Desk;
let url: string;
beforeAll(async () => {
  desk = await openDesk();
  desk.gateway.app.listen({ port: 0, hostname: "127.0.0.1" });
  url = `http://127.0.0.1:${desk.gateway.app.server?.port}`;
});
afterAll(async () => {
  await desk.gateway.app.stop(true);
  await desk.end();
});

const BROWSER = { cookie: `ct_browser=${"0123456789abcdef".repeat(2)}` };
const browser = (number: number) => ({ cookie: `ct_browser=${number.toString(16).padStart(32, "0")}` });
const FOUND = { findings: { websocket: { is: "fail", why: "refused" } } };
const send = (code: string, body: unknown, headers: Record<string, string> = BROWSER) =>
  fetch(`${url}/check/${code}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const rowsOf = (id: string) => desk.gateway.db.selectFrom("checks").selectAll().where("workshop", "=", id).execute();

interface Line {
  socket: WebSocket;
  heard: unknown[];
  closed: Promise<CloseEvent>;
}

async function openLine(headers: Record<string, string> = {}): Promise<Line> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/check/line`, { headers } as never);
  const heard: unknown[] = [];
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => heard.push(data);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return { socket, heard, closed };
}

test("a line sends back what it gets, letter by letter, and no more than a check sends", async () => {
  const { socket, heard, closed } = await openLine({ origin: URL_OF_GATEWAY });
  // Elysia's own sockets would make a number, an object and nothing of these.
  const said = ["123", '{"a":1}', "null", '"q"', "a".repeat(16 * 1024)];
  for (const words of said) socket.send(words);
  socket.send(new Uint8Array([0, 255, 7]));
  await until("six echoes", () => heard.length === 6);
  expect(heard.slice(0, 5)).toEqual(said);
  expect([...new Uint8Array(heard[5] as ArrayBuffer)]).toEqual([0, 255, 7]);
  for (let i = 0; i < 3; i++) socket.send("more");
  expect((await closed).code).toBe(4400);
  const other = await openLine();
  other.socket.send("a".repeat(LINE_LIMITS.maxPayloadLength + 1));
  await other.closed;
  expect(other.heard).toEqual([]);
});

test("no other site's page may open one, and what is no handshake is told so", async () => {
  await expect(openLine({ origin: "https://elsewhere.example" })).rejects.toBeDefined();
  const foreign = await fetch(`${url}/check/pieces`, { headers: { origin: "https://elsewhere.example" } });
  expect(foreign.status).toBe(403);
  const plain = await fetch(`${url}/check/line`);
  expect([plain.status, await plain.text()]).toEqual([400, expect.stringContaining("not a complete WebSocket handshake")]);
});

test("the time is now, and an answer in pieces comes in pieces", async () => {
  const before = Date.now();
  const { now } = (await (await fetch(`${url}/check/time`)).json()) as { now: number };
  expect([before <= now, now <= Date.now()]).toEqual([true, true]);
  const response = await fetch(`${url}/check/pieces`);
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for await (const piece of response.body as ReadableStream<Uint8Array>) pieces.push(decoder.decode(piece));
  expect(pieces.join("")).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5\n\ndata: 6\n\n");
  expect(pieces.length).toBeGreaterThan(1);
});

test("places for lines are counted by address and in all, and come back once", () => {
  const lines = new Lines(new FailureLimits(() => 0));
  const mine = Array.from({ length: LINES.perAddress }, () => lines.take("a"));
  expect(() => lines.take("a")).toThrow("Too many checks from your network at once.");
  mine[0]?.();
  mine[0]?.();
  lines.take("a");
  expect(() => lines.take("a")).toThrow("Too many checks from your network at once.");
  for (let i = 1; i < LINES.open / LINES.perAddress; i++) for (let k = 0; k < LINES.perAddress; k++) lines.take(`b${i}`);
  expect(() => lines.take("c")).toThrow("Too many checks at once.");
});

test("a class behind one address checks at once, and with all lines taken its pages still come through the front", () => {
  const lines = new Lines(new FailureLimits(() => 0));
  const [front, address] = [openConnections(), "198.51.100.7"];
  const passes = () => front.begin("socket", address) !== undefined;
  for (let i = 0; i < 30 * 3; i++) lines.take(address);
  for (let i = 0; i < LINES.perAddress; i++) expect(passes()).toBe(true);
  // Thirty learners with three tabs of four sockets.
  for (let i = 0; i < 30 * 3 * 4; i++) expect(passes()).toBe(true);
  expect(LINES.perAddress).toBeLessThanOrEqual(SOCKETS_PER_ADDRESS / 3);
  expect(LINES.open).toBeLessThanOrEqual(SOCKETS / 3);
});

test("the page of a class that was only made names it; a code that is nobody's is told so kindly, and guessing has a limit", async () => {
  const made = await desk.ask("POST", "/api/workshops", {
    name: "First steps",
    seats: 2,
    apiKey: "sk-ant-test-0123456789-0123456789",
  });
  const page = await fetch(`${url}/check/${made.body.code.toLowerCase().replace("-", " ")}`);
  expect([page.status, page.headers.get("set-cookie")]).toEqual([200, expect.stringMatching(/^ct_browser=[0-9a-f]{32};/)]);
  const text = await page.text();
  expect(text).toContain("For “First steps”");
  expect(text).toContain(`&quot;noteAt&quot;:&quot;/check/${made.body.code}&quot;`);
  const open = await fetch(`${url}/check`);
  expect([open.status, open.headers.get("set-cookie"), (await open.text()).includes("noteAt")]).toEqual([200, null, false]);
  const typed = await fetch(`${url}/check?code=clara7k3m`, { redirect: "manual" });
  expect([typed.status, typed.headers.get("location")]).toEqual([303, "/check/CLARA-7K3M"]);
  const wrong = await fetch(`${url}/check/CLARA-7K3M`, { headers: browser(9) });
  expect([wrong.status, await wrong.text()]).toEqual([404, expect.stringContaining("No workshop has the code CLARA-7K3M.")]);
  const none = await fetch(`${url}/check/<b>`, { headers: browser(9) });
  expect([none.status, await none.text()]).toEqual([404, expect.stringContaining("“&lt;B>” is not a code.")]);
  const invisible = await fetch(`${url}/check/%00%E2%80%8B`, { headers: browser(9) });
  expect([invisible.status, await invisible.text()]).toEqual([
    404,
    expect.stringContaining("This is not a code. Codes look like"),
  ]);
  // Wrong codes count together, whether they are typed to check or to join.
  for (let i = 0; i < 9; i++) await fetch(`${url}/check/CLARA-7K3M`, { headers: browser(9) });
  expect((await fetch(`${url}/check/CLARA-7K3M`, { headers: browser(9) })).status).toBe(429);
  const body = JSON.stringify({ code: "CLARA-7K3M" });
  expect((await fetch(`${url}/api/join`, { method: "POST", body, headers: browser(9) })).status).toBe(429);
});

test("what a browser found is kept once, by schema and size alone, until the class ends", async () => {
  const { id, code } = await runningRecord(desk);
  expect((await send(code, FOUND)).status).toBe(204);
  expect((await send(code, { ...FOUND, name: " Mira \n" })).status).toBe(204);
  expect(await rowsOf(id)).toMatchObject([{ name: "Mira", findings: JSON.stringify(FOUND.findings) }]);
  const refusals: [Promise<Response>, number, RegExp][] = [
    [send(code, FOUND, {}), 400, /keeps no cookies/],
    [send(code, FOUND, { ...BROWSER, origin: "https://elsewhere.example" }), 403, /elsewhere/],
    [send(code, "{"), 400, /not JSON/],
    [send(code, { findings: { websocket: { is: "fail", said: "hello" } } }), 400, /no results of a check/],
    [send(code, { ...FOUND, name: "a".repeat(5000) }), 413, /more than 4096 bytes/],
    [send("CLARA-7K3M", FOUND, browser(1)), 404, /No workshop/],
  ];
  for (const [refused, status, words] of refusals) {
    const answer = await refused;
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(words)]);
  }
  expect(await rowsOf(id)).toHaveLength(1);
  expect((await desk.ask("POST", `/api/workshops/${id}/stop`)).status).toBeLessThan(300);
  expect(await rowsOf(id)).toEqual([]);
  const late = await send(code, FOUND);
  expect([late.status, await late.text()]).toEqual([
    409,
    `Workshop ${code} is over. Results are kept no longer than it goes on.`,
  ]);
});

test("so many browsers are kept and no more; one that is kept may check again; one that sends on and on waits", async () => {
  const { id, code } = await runningRecord(desk);
  const rows = Array.from({ length: 300 }, (_, i) => ({
    ...{
      workshop: id,
      browser: `made-up-${i}`,
      address: `made-up-${i % 9}`,
      name: "",
      findings: "{}",
      checked_at: new Date(i).toISOString(),
    },
  }));
  await desk.gateway.db.insertInto("checks").values(rows.slice(1)).execute();
  expect((await send(code, FOUND, browser(2))).status).toBe(204);
  expect((await send(code, FOUND, browser(2))).status).toBe(204);
  const full = await send(code, FOUND, browser(3));
  expect([full.status, await full.text()]).toEqual([409, `300 browsers have checked for ${code} already; no more are noted.`]);
  const answers = await Promise.all(Array.from({ length: 25 }, () => send(code, FOUND, browser(4))));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
});

test("one network fills no instructor's page, and whoever is there may check again; what she doesn't need she forgets", async () => {
  const { id, code } = await runningRecord(desk);
  await send(code, FOUND, browser(500));
  const [{ address } = { address: "" }] = await rowsOf(id);
  expect(address).toMatch(/^[0-9a-f]{64}$/);
  const rows = Array.from({ length: 98 }, (_, i) => ({
    ...{ workshop: id, browser: `made-up-${i}`, address, name: "", findings: "{}", checked_at: new Date(i).toISOString() },
  }));
  await desk.gateway.db.insertInto("checks").values(rows).execute();
  expect((await send(code, FOUND, browser(500))).status).toBe(204);
  const full = await send(code, FOUND, browser(501));
  expect([full.status, await full.text()]).toEqual([409, expect.stringContaining("99 browsers of your network have checked")]);
  const { checks } = desk.gateway.services;
  await expect(checks.forget("somebody-else", id)).rejects.toThrow("There is no workshop");
  expect((await desk.gateway.services.workshops.find("local", id)).checks?.checked).toBe(99);
  await checks.forget("local", id);
  expect((await desk.gateway.services.workshops.find("local", id)).checks).toBeUndefined();
  expect((await send(code, FOUND, browser(501))).status).toBe(204);
});
