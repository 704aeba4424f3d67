import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrontDocument } from "../../../agent/contract/front.ts";
import { type Front, startFront } from "../../../agent/front/front.ts";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import { drip } from "../../support/dripping.ts";
import { until } from "../../support/until.ts";
import { freePort } from "../../support/world.ts";

const GATEWAY = "class.test";
const MACHINE = "ws-abc123.class.test";
const directory = mkdtempSync(join(tmpdir(), "ct-front-"));
const faults: unknown[] = [];
let wish: FrontDocument;
let front: Front;
let gateway: ReturnType<typeof startGateway>;
let machine: ReturnType<typeof startMachine>;

/** What goes on behind the front is told by echo. */
function startGateway() {
  const state = { aborted: 0, sent: 0 };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/strangers") return new Response("who are you?", { status: 401 });
      if (pathname === "/events") return events(request, state);
      if (pathname === "/flood") return new Response(flood(state));
      if (pathname === "/moved") return new Response(null, { status: 303, headers: { location: "/else" } });
      if (pathname === "/cookies") {
        const headers = new Headers({ connection: "x-private", "x-private": "1" });
        headers.append("set-cookie", "a=1; Secure");
        headers.append("set-cookie", "b=2; Secure");
        return new Response("two", { headers });
      }
      const bytes = (await request.arrayBuffer()).byteLength;
      return Response.json({
        method: request.method,
        path: pathname + search,
        bytes,
        headers: Object.fromEntries(request.headers),
      });
    },
  });
  return { state, port: server.port, stop: () => server.stop(true) };
}

function events(request: Request, state: { aborted: number }): Response {
  request.signal.addEventListener("abort", () => state.aborted++);
  const encoder = new TextEncoder();
  async function* lines() {
    for (let i = 0; ; i++) {
      yield encoder.encode(`data: ${i}\n\n`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
  return new Response(lines() as unknown as BodyInit, { headers: { "content-type": "text/event-stream" } });
}

function flood(state: { sent: number }): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => {
      state.sent += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    },
  });
}

/** Sockets: `/echo`, `/refused`, `/flood` until the reader is behind, `/leave` with a code, `/deaf` that reads nothing. */
function startMachine() {
  const state = { frames: 0, bytes: 0, closed: [] as [number, string][] };
  const server = Bun.serve<{ path: string; headers: Headers }>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => {
      const path = new URL(request.url).pathname;
      if (path === "/refused") return Response.json({ error: { code: "FORBIDDEN", message: "not yours" } }, { status: 403 });
      const protocol = request.headers.get("sec-websocket-protocol")?.includes("clarateach.v1");
      const headers: Record<string, string> = protocol ? { "sec-websocket-protocol": "clarateach.v1" } : {};
      if (server.upgrade(request, { data: { path, headers: request.headers }, headers })) return undefined;
      return new Response("machine");
    },
    websocket: {
      backpressureLimit: 1024 * 1024 * 1024,
      open: (socket) => {
        if (socket.data.path === "/leave") socket.close(4001, "The workshop has ended.");
        if (socket.data.path === "/deaf") socket.pause();
        if (socket.data.path === "/headers") socket.send(JSON.stringify(Object.fromEntries(socket.data.headers)));
        if (socket.data.path === "/flood") push(socket);
      },
      message: (socket, message) => {
        state.bytes += message.length;
        if (socket.data.path === "/echo") socket.send(message);
      },
      drain: (socket) => {
        if (socket.data.path === "/flood") push(socket);
      },
      close: (_, code, reason) => void state.closed.push([code, reason]),
    },
  });
  function push(socket: Bun.ServerWebSocket<{ path: string }>): void {
    for (let i = 0; i < 4096; i++) {
      state.frames++;
      if (socket.send(new Uint8Array(65_536)) <= 0) return;
    }
  }
  return { state, port: server.port, stop: () => server.stop(true) };
}

function certificate(host: string): { host: string; path: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const path = join(directory, `${host}.pem`);
  writeFileSync(path, key + selfSigned(key, host));
  return { host, path };
}

function put(next: FrontDocument): void {
  wish = next;
  writeFileSync(join(directory, "front.json.new"), JSON.stringify(next));
  renameSync(join(directory, "front.json.new"), join(directory, "front.json"));
}

const secure = (host: string, path: string, init: RequestInit = {}) =>
  fetch(`https://127.0.0.1:${wish.listen.https}${path}`, {
    redirect: "manual",
    ...init,
    headers: { host, ...(init.headers as Record<string, string>) },
    tls: { rejectUnauthorized: false, serverName: host },
    keepalive: false,
  } as RequestInit);
const plain = (host: string, path: string) =>
  fetch(`http://127.0.0.1:${wish.listen.http}${path}`, { redirect: "manual", headers: { host } });

/** The name of the certificate that is shown. */
async function shown(host: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const tls = require("node:tls") as typeof import("node:tls");
    const socket = tls.connect(
      { port: wish.listen.https, host: "127.0.0.1", servername: host, rejectUnauthorized: false },
      () => {
        resolve(String(socket.getPeerCertificate().subject?.CN));
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

async function socket(path: string, options: Record<string, unknown> = {}) {
  const opened = new WebSocket(`wss://127.0.0.1:${wish.listen.https}${path}`, {
    ...options,
    headers: { host: MACHINE, ...(options.headers as Record<string, string>) },
    tls: { rejectUnauthorized: false, serverName: MACHINE },
  } as never) as WebSocket & { pause(): void; resume(): void };
  const messages: (string | ArrayBuffer)[] = [];
  opened.binaryType = "arraybuffer";
  opened.onmessage = ({ data }) => void messages.push(data);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    opened.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  await new Promise<void>((resolve, reject) => {
    opened.onopen = () => resolve();
    opened.onerror = () => reject(new Error(`the socket ${path} did not open`));
  });
  return { socket: opened, messages, closed };
}

beforeAll(async () => {
  gateway = startGateway();
  machine = startMachine();
  mkdirSync(directory, { recursive: true });
  put({
    version: 1,
    listen: { address: "127.0.0.1", http: await freePort(), https: await freePort() },
    gateway: { host: GATEWAY, upstream: `127.0.0.1:${gateway.port}` },
    machines: [{ host: MACHINE, upstream: `127.0.0.1:${machine.port}` }],
    certificates: [certificate(GATEWAY), certificate(MACHINE)],
    challenges: { "token-1": "token-1.print" },
  });
  front = startFront(directory, (error) => void faults.push(error));
  await until("https", () => shown(GATEWAY).catch(() => undefined));
});
afterAll(async () => {
  front.stop();
  await Promise.all([gateway.stop(), machine.stop()]);
  rmSync(directory, { recursive: true });
  expect(faults).toEqual([]);
});

test("http answers challenges and sends everything else to https, path and query kept; challenges of others go nowhere", async () => {
  expect(await (await plain(GATEWAY, "/.well-known/acme-challenge/token-1")).text()).toBe("token-1.print");
  const moved = await plain(MACHINE, "/?token=a%2Fb");
  expect([moved.status, moved.headers.get("location")]).toEqual([308, `https://${MACHINE}:${wish.listen.https}/?token=a%2Fb`]);
  for (const none of ["other", "constructor", "__proto__", "toString", ""])
    expect((await plain(GATEWAY, `/.well-known/acme-challenge/${none}`)).status, none).toBe(404);
  expect((await plain("evil.test", "/")).status).toBe(421);
});

test("each name has its own certificate and its own server; other names are refused", async () => {
  expect([await shown(GATEWAY), await shown(MACHINE), await shown("evil.test")]).toEqual([GATEWAY, MACHINE, GATEWAY]);
  expect(await (await secure(MACHINE, "/")).text()).toBe("machine");
  expect((await (await secure(`${GATEWAY.toUpperCase()}:443`, "/a?b=c")).json()).path).toBe("/a?b=c");
  const refused = await secure("evil.test", "/");
  expect([refused.status, (await refused.json()).error.code]).toEqual([421, "NOT_FOUND"]);
});

test("who called is said by the front alone, and a connection's own headers stay with it", async () => {
  const headers = {
    "x-forwarded-for": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    forwarded: "for=203.0.113.9",
    "x-forwarded-proto": "http",
    "x-mine": "kept",
    te: "trailers",
  };
  const seen = (await (await secure(GATEWAY, "/", { headers })).json()).headers;
  expect(seen).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", host: GATEWAY, "x-mine": "kept" });
  expect(JSON.stringify(seen)).not.toContain("203.0.113.9");
  expect(seen.te).toBeUndefined();
});

test("a client's Connection header takes nothing away that says who is called, by whom and from where", async () => {
  const headers = { connection: "host, Origin, cookie, x-mine", origin: "https://evil.test", cookie: "a=1", "x-mine": "1" };
  const seen = (await (await secure(GATEWAY, "/", { headers })).json()).headers;
  expect(seen).toMatchObject({ host: GATEWAY, origin: "https://evil.test", cookie: "a=1" });
  expect(seen["x-mine"]).toBeUndefined();
});

test("bodies keep their length, redirects and cookies come as they are", async () => {
  const put = await (await secure(GATEWAY, "/", { method: "PUT", body: "x".repeat(100_000) })).json();
  expect([put.bytes, put.headers["content-length"]]).toEqual([100_000, "100000"]);
  const empty = await (await secure(GATEWAY, "/", { method: "POST" })).json();
  expect([empty.bytes, empty.headers["transfer-encoding"]]).toEqual([0, undefined]);
  const moved = await secure(GATEWAY, "/moved");
  expect([moved.status, moved.headers.get("location")]).toEqual([303, "/else"]);
  const cookies = await secure(GATEWAY, "/cookies");
  expect(cookies.headers.getSetCookie()).toEqual(["a=1; Secure", "b=2; Secure"]);
  expect(cookies.headers.get("x-private")).toBeNull();
  expect(cookies.headers.get("strict-transport-security")).toBe("max-age=86400");
});

test("who is refused and goes on sending a body byte by byte is let go at once", async () => {
  const head = `POST /strangers HTTP/1.1\r\nHost: ${GATEWAY}\r\nContent-Length: 100000\r\n\r\n`;
  expect(await drip(wish.listen.https, head, GATEWAY)).toStartWith("HTTP/1.1 401");
});

test("events come one by one, and a browser that leaves ends them", async () => {
  const aborter = new AbortController();
  const response = await secure(GATEWAY, "/events", { signal: aborter.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  expect(first).toStartWith("data: 0\n\n");
  expect(first).not.toContain("data: 5");
  aborter.abort();
  await until("the stream behind to end", () => gateway.state.aborted === 1);
});

test("a download that nobody reads is not fetched into memory", async () => {
  const aborter = new AbortController();
  const response = await secure(GATEWAY, "/flood", { signal: aborter.signal });
  await (response.body as ReadableStream<Uint8Array>).getReader().read();
  let before = -1;
  const settled = () => {
    const still = gateway.state.sent === before;
    before = gateway.state.sent;
    return still;
  };
  await until("the download to stand", settled);
  expect(gateway.state.sent).toBeLessThan(64 * 1024 * 1024);
  aborter.abort();
});

test("sockets carry text and bytes, the subprotocol, the origin and the cookie", async () => {
  const { socket: echo, messages } = await socket("/echo", { protocols: ["other", "clarateach.v1"] });
  expect(echo.protocol).toBe("clarateach.v1");
  echo.send("123");
  echo.send(new Uint8Array([1, 2, 3]));
  await until("the echo", () => messages.length === 2);
  expect([messages[0], [...new Uint8Array(messages[1] as ArrayBuffer)]]).toEqual(["123", [1, 2, 3]]);
  echo.close(4321, "bye");
  await until("the close to arrive", () => machine.state.closed.some(([code, reason]) => code === 4321 && reason === "bye"));
  const headers = { cookie: "ct_a=1", origin: `https://${MACHINE}`, "x-forwarded-for": "203.0.113.9" };
  const told = await socket("/headers", { headers });
  const seen = JSON.parse(await until("the headers", () => told.messages[0] as string));
  expect(seen).toMatchObject({ ...headers, host: MACHINE, "x-forwarded-for": "127.0.0.1" });
  told.socket.close();
});

test("a machine's refusal and its farewell reach the browser", async () => {
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": btoa("0123456789abcdef"),
    "sec-websocket-version": "13",
  };
  const refused = await secure(MACHINE, "/refused", { headers: upgrade });
  expect([refused.status, (await refused.json()).error.code]).toEqual([403, "FORBIDDEN"]);
  const { closed } = await socket("/leave");
  expect(await closed).toEqual({ code: 4001, reason: "The workshop has ended." });
});

test("a browser that doesn't read stops the machine, and gets everything once it does", async () => {
  const { socket: slow, messages } = await socket("/flood");
  slow.pause();
  let before = -1;
  const settled = () => {
    const still = machine.state.frames === before;
    before = machine.state.frames;
    return still;
  };
  await until("the machine to stand", settled);
  expect(machine.state.frames).toBeLessThan(2048);
  slow.resume();
  await until("more", () => messages.length > before + 100);
  slow.close();
});

test("a machine that doesn't read stops the browser", async () => {
  const { socket: fast } = await socket("/deaf");
  for (let i = 0; i < 1024; i++) fast.send(new Uint8Array(65_536));
  let before = -1;
  const settled = () => {
    const still = fast.bufferedAmount === before;
    before = fast.bufferedAmount;
    return still;
  };
  await until("the browser to stand", settled);
  expect(fast.bufferedAmount).toBeGreaterThan(32 * 1024 * 1024);
  (fast as unknown as { terminate(): void }).terminate();
});

test("another certificate takes its place while sockets and calls go on; a broken one is left out", async () => {
  const { socket: echo, messages, closed } = await socket("/echo");
  const response = await secure(GATEWAY, "/events");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const added = "ws-def456.class.test";
  writeFileSync(join(directory, "broken.pem"), "no certificate");
  const broken = { host: "ws-ghi789.class.test", path: join(directory, "broken.pem") };
  const before = wish;
  put({
    ...wish,
    machines: [...wish.machines, { host: added, upstream: `127.0.0.1:${machine.port}` }],
    certificates: [...wish.certificates, certificate(added), broken],
  });
  // Who knocks in the very moment of the change may be cut, and knocks again as browsers do.
  const nowShown = () => shown(added).catch(() => undefined);
  await until("the new certificate", async () => (await nowShown()) === added);
  echo.send("still here");
  await until("the echo", () => messages.includes("still here"));
  expect((await reader.read()).done).toBe(false);
  expect(await (await secure(added, "/")).text()).toBe("machine");
  expect(faults.splice(0).map(String)).toEqual([expect.stringContaining("the certificate of ws-ghi789.class.test")]);
  put(before);
  await until("it to be forgotten", async () => (await nowShown()) === GATEWAY);
  expect((await secure(added, "/")).status).toBe(421);
  echo.send("and still");
  await until("the echo", () => messages.includes("and still"));
  echo.close();
  await closed;
  await reader.cancel();
});

test("a wish that is none changes nothing", async () => {
  writeFileSync(join(directory, "front.json"), "{");
  await until("the complaint", () => faults.length > 0);
  faults.splice(0);
  expect((await secure(GATEWAY, "/")).status).toBe(200);
  put(wish);
});

test("what doesn't answer is 503, for people in a sentence", async () => {
  const before = wish;
  const gone = "ws-gone00.class.test";
  put({ ...wish, machines: [...wish.machines, { host: gone, upstream: `127.0.0.1:${await freePort()}` }] });
  const answer = await until("the refusal", async () => {
    const response = await secure(gone, "/", { headers: { accept: "text/html" } });
    return response.status === 503 ? response : undefined;
  });
  expect(await answer.text()).toContain("may just be starting again");
  await expect(socketTo(gone)).rejects.toThrow();
  put(before);
});

const socketTo = (host: string) => socket("/echo", { headers: { host } });
