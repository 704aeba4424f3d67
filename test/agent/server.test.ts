import { afterAll, beforeEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import fc from "fast-check";
import { openAccess } from "../../agent/access.ts";
import { CLOSE } from "../../agent/contract/close.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { Peer } from "../../agent/contract/peer.ts";
import { openDispatch } from "../../agent/dispatch.ts";
import { matchPath, type Row } from "../../agent/rows.ts";
import { listen } from "../../agent/server.ts";
import { openSockets, SOCKETS_PER_SEAT } from "../../agent/sockets.ts";
import { newDocument, newSigner } from "../support/machine.ts";
import { noPorts } from "../support/no-ports.ts";
import { until } from "../support/until.ts";

const signer = await newSigner();
const document = newDocument(signer);
const access = openAccess(() => document, randomBytes(32));
const faults: unknown[] = [];
const viewers: string[] = [];
/** What rooms hear of their sockets. */
const heard: string[] = [];
const peers: Peer[] = [];
beforeEach(() => {
  for (const list of [faults, viewers, heard, peers]) list.length = 0;
});

/** Opens a room that only writes down what it hears. */
const room = (name: string, peer: Peer) => {
  peers.push(peer);
  return listener(name);
};
const listener = (name: string) => ({
  message: (data: string | Uint8Array) => void heard.push(`${name} ${typeof data === "string" ? data : `${data.length} bytes`}`),
  drain: () => void heard.push(`${name} drain`),
  close: () => void heard.push(`${name} close`),
});
const ok = (text: string) => new Response(text, { headers: { "content-type": "text/plain" } });
const table: Row[] = [
  { listener: "public", access: "anyone", method: "GET", path: "/hello", handle: () => ok("hello") },
  { listener: "public", access: "learner", method: "GET", path: "/vm/:seat/who", handle: ({ learner }) => ok(learner.name) },
  {
    listener: "public",
    access: "learner",
    method: "GET",
    path: "/vm/:seat/framed",
    handle: () => new Response("", { headers: { "content-security-policy": "sandbox" } }),
  },
  {
    listener: "public",
    access: "learner",
    method: "GET",
    path: "/vm/:seat/fault",
    handle: () => Promise.reject(new Error("secret detail")),
  },
  {
    listener: "public",
    access: "learner",
    method: "PUT",
    path: "/vm/:seat/files/*",
    bodyLimit: 10,
    handle: async ({ request, subpath }) => ok(`${subpath} ${await request.text()}`),
  },
  {
    listener: "public",
    access: "learner",
    method: "WS",
    path: "/vm/:seat/terminal",
    viewer: true,
    protocols: ["clarateach.v1"],
    farewell: '{"type":"ended"}',
    open: (_, peer, protocol) => room(`terminal${protocol ? "+" : ""}`, peer),
  },
  {
    listener: "public",
    access: "learner",
    method: "WS",
    path: "/vm/:seat/watch",
    open: (_, peer) => room("watch", peer),
  },
  {
    listener: "public",
    access: "learner",
    method: "WS",
    path: "/vm/:seat/unready",
    open: () => {
      throw new Problem("NOT_RUNNING", "Seat 01 is being made.");
    },
  },
  { listener: "plane", access: "anyone", method: "GET", path: "/v1/address", handle: ({ address }) => ok(address) },
  { listener: "plane", access: "gateway", method: "GET", path: "/v1/report", handle: () => ok("report") },
  {
    listener: "plane",
    access: "gateway",
    method: "WS",
    path: "/v1/events",
    open: (_, peer) => room("events", peer),
  },
];

const sockets = openSockets((seat, count) => viewers.push(`${seat}:${count}`));
const origins = new Set<string>();
const dispatch = openDispatch({ table, access, origins: () => origins, ports: noPorts });
const common = {
  dispatch,
  sockets,
  joinUrl: () => "http://localhost:3000/join",
  report: (error: unknown) => `number-${faults.push(error)}`,
};
const open = listen({ ...common, listener: "public", at: { hostname: "127.0.0.1", port: 0 } });
const plane = listen({ ...common, listener: "plane", at: { hostname: "127.0.0.1", port: 0 } });
origins.add(`http://localhost:${open.port}`).add(`http://127.0.0.1:${open.port}`).add("https://ws-abc123.example.org");
afterAll(() => Promise.all([open.stop(), plane.stop()]));

const base = `http://127.0.0.1:${open.port}`;
const bearer = async (seat = 1, claims = {}) => ({ authorization: `Bearer ${await signer.learner(document, seat, claims)}` });
const cookie = async (seat = 1) => ({
  cookie: (await access.cookie(await access.enter(await signer.learner(document, seat)), false)).split(";")[0] ?? "",
});
const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(base + path, { ...init, headers });

async function openSocket(path: string, headers: Record<string, string>, protocols: string[] = []) {
  const socket = new WebSocket(base.replace("http", "ws") + path, { headers, protocols } as unknown as string[]);
  socket.binaryType = "arraybuffer";
  const messages: (string | ArrayBuffer)[] = [];
  socket.onmessage = (event) => void messages.push(event.data);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  const opened = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
  return { socket, messages, closed, opened };
}

test("each row lets in whom it says: anyone, the seat's learner, the gateway", async () => {
  expect(await (await get("/hello")).text()).toBe("hello");
  expect((await get("/vm/01/who")).status).toBe(401);
  expect(await (await get("/vm/01/who", await bearer())).text()).toBe("Mira");
  expect(await (await get("/vm/01/who", await cookie())).text()).toBe("Mira");
  expect((await get("/vm/02/who", await bearer())).status).toBe(403);
  expect((await get("/v1/report", { authorization: `Bearer ${await signer.machine(document)}` })).status).toBe(404);
  const ask = (path: string, headers: HeadersInit) => fetch(`http://127.0.0.1:${plane.port}${path}`, { headers });
  expect(await (await ask("/v1/address", { "x-forwarded-for": "192.0.2.1" })).text()).toBe("127.0.0.1");
  const report = (token: string) => ask("/v1/report", { authorization: `Bearer ${token}` });
  expect((await report(await signer.machine(document))).status).toBe(200);
  expect((await report(await signer.learner(document, 1))).status).toBe(401);
});

test("every answer forbids sniffing, framing and foreign files; what a handler set stays", async () => {
  const { headers } = await get("/hello");
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect([headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
  expect((await get("/nowhere")).headers.get("x-content-type-options")).toBe("nosniff");
  expect((await get("/vm/01/framed", await bearer())).headers.get("content-security-policy")).toBe("sandbox");
});

test("a name that isn't this machine's is refused", async () => {
  for (const host of ["evil.example", "localhost", `evil.example:${open.port}`, "", `localhost:${plane.port}`])
    expect((await get("/hello", { host })).status).toBe(403);
  expect((await get("/hello", { host: `LOCALHOST:${open.port}` })).status).toBe(200);
});

test("what changes something comes from this origin, or from a program with a token", async () => {
  const put = (headers: Record<string, string>) =>
    get("/vm/01/files/a/b", headers, { method: "PUT", body: "text" }).then((r) => r.status);
  const [token, signed] = [await bearer(), await cookie()];
  expect(await put(token)).toBe(200);
  expect(await put(signed)).toBe(403);
  expect(await put({ ...signed, origin: base })).toBe(200);
  for (const origin of [
    "null",
    "https://evil.example",
    `http://localhost:${open.port}`,
    `${base}.evil.example`,
    "http://127.0.0.1",
    base.replace("http:", "https:"),
  ])
    expect(await put({ ...signed, origin }), origin).toBe(403);
  const named = { ...signed, host: "ws-abc123.example.org" };
  expect(await put({ ...named, origin: "https://ws-abc123.example.org" })).toBe(200);
  expect(await put({ ...named, origin: "http://ws-abc123.example.org" })).toBe(403);
  expect(await put({ ...token, origin: "https://evil.example" })).toBe(403);
});

test("a socket is opened from this origin, or by a program with a token", async () => {
  const [token, signed] = [await bearer(), await cookie()];
  for (const headers of [signed, { ...signed, origin: "https://evil.example" }, { ...token, origin: "null" }, {}])
    expect((await openSocket("/vm/01/watch", headers)).opened).toBe(false);
  for (const headers of [token, { ...signed, origin: base }]) {
    const { socket, opened, closed } = await openSocket("/vm/01/watch", headers);
    expect(opened).toBe(true);
    socket.close();
    await closed;
  }
});

test("a body that is too large, not wanted or of unknown length isn't read", async () => {
  const token = await bearer();
  expect((await get("/vm/01/files/x", token, { method: "PUT", body: "0123456789" })).status).toBe(200);
  expect((await get("/vm/01/files/x", token, { method: "PUT", body: "0123456789a" })).status).toBe(413);
  const stream = new ReadableStream({
    pull: (controller) => {
      controller.enqueue(Buffer.from("x"));
      controller.close();
    },
  });
  expect((await get("/vm/01/files/x", token, { method: "PUT", body: stream })).status).toBe(400);
});

test("an unforeseen fault is a number for the log, never its details", async () => {
  const answer = await get("/vm/01/fault", await bearer());
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({ error: { code: "INTERNAL_ERROR", message: expect.stringContaining("number-1") } });
  expect(faults).toHaveLength(1);
});

test("a person who navigates gets a page that links to the join page, programs get JSON", async () => {
  const page = await get("/vm/01/who", { accept: "text/html", "sec-fetch-mode": "navigate" });
  expect([page.status, page.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
  expect(await page.text()).toContain('href="http://localhost:3000/join"');
  const evil = await get("/%3Cscript%3E'\"", { accept: "text/html" });
  expect(await evil.text()).not.toContain("<script>");
  expect((await get("/vm/01/who", { accept: "text/html", "sec-fetch-mode": "cors" })).headers.get("content-type")).toContain(
    "json",
  );
});

test("no request target or header makes the server fail", async () => {
  const bytes = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)), maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("GET", "PUT", "POST", "BREW"), bytes, bytes, async (method, target, value) => {
      const said = await raw(
        `${method} /${target} HTTP/1.1\r\nHost: 127.0.0.1:${open.port}\r\nCookie: ${value}\r\nConnection: close\r\n\r\n`,
      );
      expect(said).toMatch(/^(HTTP\/1.1 [34]\d\d |$)/);
    }),
    { numRuns: 150 },
  );
  expect(faults).toEqual([]);
});

test("paths match whole, by part", () => {
  expect(matchPath("/vm/:seat/files/*", "/vm/07/files/a/%2e%2e/b")).toEqual({ params: { seat: "07" }, subpath: "a/%2e%2e/b" });
  expect(matchPath("/vm/:seat/files/*", "/vm/07/files/")).toEqual({ params: { seat: "07" }, subpath: "" });
  for (const path of ["/vm/7/files/a", "/vm/00/files/a", "/vm/007/files/a", "/vm/07/files", "/vm//files/a", "//vm/07/files/a"])
    expect(matchPath("/vm/:seat/files/*", path)).toBeUndefined();
});

test("frames go both ways, the offered protocol is agreed on, and the room hears once of the end", async () => {
  const { socket, messages, closed } = await openSocket("/vm/01/terminal", await bearer(), ["other", "clarateach.v1"]);
  expect(socket.protocol).toBe("clarateach.v1");
  socket.send("text");
  socket.send(new Uint8Array(5));
  await until("both frames", () => heard.length === 2);
  peers[0]?.send("down");
  peers[0]?.send(new Uint8Array([1, 2]));
  await until("both answers", () => messages.length === 2);
  expect(messages[0]).toBe("down");
  socket.close();
  await closed;
  await until("the room to hear", () => heard.includes("terminal+ close"));
  expect(heard).toEqual(["terminal+ text", "terminal+ 5 bytes", "terminal+ close"]);
  expect(viewers).toEqual(["1:1", "1:0"]);
});

test("a room that closes its socket hears of it at once and once", async () => {
  const { closed } = await openSocket("/vm/01/watch", await bearer());
  await until("the peer", () => peers[0]);
  peers[0]?.close(CLOSE.BAD_FRAME, "ü".repeat(200));
  expect(heard).toEqual(["watch close"]);
  const { code, reason } = await closed;
  expect(code).toBe(CLOSE.BAD_FRAME);
  expect(reason).toStartWith("üüü");
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(peers[0]?.send("late")).toBe(0);
  expect(heard).toEqual(["watch close"]);
});

test("a seat that isn't ready closes its sockets with 4409", async () => {
  const { closed } = await openSocket("/vm/01/unready", await bearer());
  expect(await closed).toEqual({ code: CLOSE.NOT_READY, reason: "Seat 01 is being made." });
});

test(`a seat holds ${SOCKETS_PER_SEAT} sockets, and other seats go on`, async () => {
  const token = await bearer();
  const held = await Promise.all(Array.from({ length: SOCKETS_PER_SEAT }, () => openSocket("/vm/01/watch", token)));
  expect((await (await openSocket("/vm/01/watch", token)).closed).code).toBe(CLOSE.TOO_MANY);
  const other = await openSocket("/vm/02/watch", await bearer(2));
  expect(other.opened).toBe(true);
  for (const { socket } of [...held, other]) socket.close();
  await Promise.all([...held, other].map(({ closed }) => closed));
  await until("all to be gone", () => sockets.open() === 0);
});

test("a frame larger than any of ours ends the socket", async () => {
  const { socket, closed } = await openSocket("/vm/01/watch", await bearer());
  socket.send(new Uint8Array(2 * 1024 * 1024));
  expect([1006, 1009]).toContain((await closed).code);
  await until("the room to hear", () => heard.includes("watch close"));
});

test("a reader that is behind: send says so, drain comes once nothing waits any more, nothing is lost", async () => {
  const { socket, messages, closed } = await openSocket("/vm/01/watch", await bearer());
  await until("the peer", () => peers[0]);
  const reader = socket as unknown as { pause(): void; resume(): void };
  reader.pause();
  const piece = new Uint8Array(256 * 1024);
  let sent = 0;
  await until("the reader to fall behind", () => {
    sent++;
    return peers[0]?.send(piece) === -1;
  });
  // More waits than the kernel takes at once.
  for (const end = sent + 24; sent < end; sent++) peers[0]?.send(piece);
  reader.resume();
  await until("all pieces", () => messages.length === sent);
  expect(heard).toEqual(["watch drain"]);
  socket.close();
  await closed;
});

test("a cut seat's sockets of lower generations are closed with the code, those of others stay", async () => {
  const old = await openSocket("/vm/02/terminal", await bearer(2));
  const other = await openSocket("/vm/01/terminal", await bearer(1));
  sockets.cut(2, 2, CLOSE.REPLACED, "the seat was freed");
  expect(heard).toEqual(["terminal close"]);
  expect(await old.closed).toEqual({ code: CLOSE.REPLACED, reason: "the seat was freed" });
  expect(old.messages).toEqual([]);
  // Who passed the check a moment before the cut doesn't slip in after it.
  expect((await (await openSocket("/vm/02/terminal", await bearer(2))).closed).code).toBe(CLOSE.REPLACED);
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
  document.seats = [
    { seat: 1, generation: 1, freshSince: 1 },
    { seat: 2, generation: 2, freshSince: 2 },
  ];
  const late = await openSocket("/vm/02/terminal", await bearer(2, { gen: 1 }));
  expect((await late.closed).code).toBe(CLOSE.REPLACED);
  const fresh = await openSocket("/vm/02/terminal", await bearer(2));
  fresh.socket.send("here");
  await until("the new learner", () => heard.includes("terminal here"));
  for (const { socket } of [other, fresh]) socket.close();
  await Promise.all([other.closed, fresh.closed]);
});

test("who doesn't read is out at once when cut: neither room nor registry holds him", async () => {
  const { socket, closed } = await openSocket("/vm/01/watch", await bearer(1));
  await until("the peer", () => peers[0]);
  const reader = socket as unknown as { pause(): void; resume(): void };
  reader.pause();
  await until("the reader to fall behind", () => peers[0]?.send(new Uint8Array(256 * 1024)) === -1);
  sockets.cut(1, 2, CLOSE.REPLACED, "moved");
  expect(heard).toEqual(["watch close"]);
  expect(sockets.open()).toBe(0);
  expect(peers[0]?.send("late")).toBe(0);
  reader.resume();
  expect(await closed).toEqual({ code: CLOSE.REPLACED, reason: "moved" });
});

test("when the workshop ends, terminals hear `ended` and all sockets are closed with 4001, late ones too", async () => {
  sockets.cut(1, 1, CLOSE.REPLACED, "");
  const terminal = await openSocket("/vm/01/terminal", await bearer(1));
  const watch = await openSocket("/vm/01/watch", await bearer(1));
  document.phase = "ending";
  sockets.cutAll(CLOSE.ENDED, "Workshop ended");
  expect((await terminal.closed).code).toBe(CLOSE.ENDED);
  expect((await watch.closed).code).toBe(CLOSE.ENDED);
  expect(terminal.messages).toEqual(['{"type":"ended"}']);
  expect(watch.messages).toEqual([]);
  expect((await (await openSocket("/vm/01/terminal", await bearer(1))).closed).code).toBe(CLOSE.ENDED);
  expect((await get("/vm/01/who", await bearer(1))).status).toBe(409);
});

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(open.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (bytes) => (said += bytes));
    socket.on("error", () => resolve(said));
    socket.on("close", () => resolve(said));
  });
}
