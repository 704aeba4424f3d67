import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { CLOSE } from "../../../../agent/contract/close.ts";
import { NEKO_HTTP_PORT } from "../../../../agent/contract/neko.ts";
import { openPreviews, type Previews } from "../../../../agent/previews/previews.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { besideNeko } from "../../../support/beside-neko.ts";
import { LivePage } from "../../../support/live-page.ts";
import { openProcessSeats, type ProcessSeats } from "../../../support/process-seats.ts";
import { until } from "../../../support/until.ts";

const path = process.env.PATH;
const neko = { image: "neko:3", address: "203.0.113.7", ports: 52_000, iceServers: [] };
const FLOOD = 64 * 1024 * 1024;
let seats: ProcessSeats;
let plain: SeatHandle;
const opened: { previews: Previews; server: Server }[] = [];

beforeAll(async () => {
  seats = await openProcessSeats();
  plain = await seats.seat(1);
});
afterEach(async () => {
  for (const { previews, server } of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
    await previews.close();
  }
});
afterAll(async () => {
  await seats.end();
});

/** A program of the learner's that answers where neko should: whoever calls gets in, and then `talk` says what it likes. */
async function impostor(talk: (socket: Socket) => void, token: unknown = "token") {
  const heard: string[] = [];
  const server = createServer(async (request, answer) => {
    const body = await new Response(request as unknown as ReadableStream).text().catch(() => "");
    heard.push(JSON.stringify([request.method, request.url, request.headers, body]));
    answer.setHeader("content-type", "application/json").end(JSON.stringify({ token }));
  });
  server.on("upgrade", (request, stream) => {
    const socket = stream as Socket;
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    heard.push(JSON.stringify([request.url, request.headers]));
    socket.on("error", () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const beside = besideNeko();
  const seat = beside.seat(plain);
  const fooled: SeatHandle = { ...seat, dial: (wanted) => seat.dial(wanted === NEKO_HTTP_PORT ? port : wanted) };
  const previews = openPreviews({ path, neko, onTrouble: () => {} });
  opened.push({ previews, server });
  return { heard, beside, page: new LivePage((peer) => previews.live(fooled, peer)) };
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(10);
  head.set([0x81, 127]);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

const event = (name: string, payload: unknown) => frame(JSON.stringify({ event: name, payload }));

test("it hears a random word of one start, nothing of the learner's, and what it says is neither a page nor anybody's servers", async () => {
  const { page, heard } = await impostor((socket) => {
    socket.write(frame("<html><script>alert(1)</script>"));
    socket.write(event("page/html", "<script>alert(1)</script>"));
    socket.write(event("signal/provide", { sdp: "v=0", iceservers: [{ urls: ["turn:evil.example.org"] }] }));
  });
  expect(await page.heard("signal/provide")).toEqual({ sdp: "v=0", iceservers: [] });
  expect(page.frames.length).toBe(1);
  const all = heard.join("\n").toLowerCase();
  for (const word of ["cookie", "ct_", "authorization", "odehash", seats.machine]) expect(all).not.toContain(word);
});

test("one that talks without end is held up: it isn't read as fast as it talks, and little of it is kept", async () => {
  const sockets: Socket[] = [];
  const { page } = await impostor((socket) => {
    sockets.push(socket);
    // What costs the most to read: 60 KB of small things, and of brackets.
    const small = frame(`{"event":"system/init","payload":[${"[],".repeat(20_000)}1]}`);
    const nested = frame(`{"event":"system/init","payload":${"[".repeat(30_000)}${"]".repeat(30_000)}}`);
    for (let sent = 0; sent < FLOOD; sent += small.length + nested.length) socket.write(Buffer.concat([nested, small]));
  });
  await until("it to be heard", () => page.received > 1024 * 1024);
  // All of it is asked for at once; a rest of ten seconds' worth is far more than any pause lets slip.
  expect(page.received).toBeLessThan(FLOOD / 4);
  expect(sockets[0]?.writableLength).toBeGreaterThan(FLOOD / 2);
  page.leave();
  await until("it to be hung up on", () => sockets[0]?.destroyed);
});

test("one frame without an end is passed over, byte by byte", async () => {
  let socket: Socket | undefined;
  const { page } = await impostor((one) => {
    socket = one;
    const head = Buffer.alloc(10);
    head.set([0x81, 127]);
    head.writeBigUInt64BE(BigInt(2 ** 40), 2);
    one.write(head);
    one.write(Buffer.alloc(3 * 1024 * 1024, "x"));
  });
  await until("it to have been read", () => socket && socket.writableLength === 0);
  expect(page.frames).toEqual([]);
});

test("one that doesn't read holds the page back, and what the page said isn't kept without end", async () => {
  const { page } = await impostor((socket) => {
    socket.pause();
    socket.write(event("system/init", {}));
  });
  await page.heard("system/init");
  let sent = 0;
  const text = "y".repeat(100_000);
  for (; !page.paused && sent < FLOOD; sent += text.length) page.say("clipboard/set", { text });
  expect(page.paused).toBe(true);
  expect(sent).toBeLessThan(FLOOD / 4);
});

test("a token that is none is not sent back", async () => {
  const tokens = [5, null, "a b", "line\r\nbreak: 1", "x".repeat(600)];
  // At once: each is asked for again until neko's time is up.
  const fooled = await Promise.all(tokens.map((token) => impostor(() => {}, token)));
  for (const [i, { page, heard }] of fooled.entries()) {
    expect([tokens[i], (await until("the page to be told", () => page.closed)).code]).toEqual([tokens[i], CLOSE.RESTART]);
    expect(heard.some((one) => one.includes("/api/login"))).toBe(true);
    expect(heard.filter((one) => one.includes("/api/ws"))).toEqual([]);
  }
});
