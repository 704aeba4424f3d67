/** A body on its way up: all of it arrives, or the call fails; it waits at its sender's while its server doesn't read. */
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { type Body, bodyOf, sendBody } from "../../../agent/front/body-up.ts";
import { forward } from "../../../agent/front/calls.ts";
import { openUpstreams } from "../../../agent/front/upstreams.ts";
import { until } from "../../support/until.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** The front's door, before a server of whose connections each is given to `met`. */
async function door(met: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    met(socket);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  const upstreams = openUpstreams();
  const leave = { now: () => {}, onceTaken: () => {} };
  const front = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 2 ** 32,
    fetch: (request) => forward(request, { upstream: `127.0.0.1:${port}`, path: "/", client: "127.0.0.1" }, leave, upstreams),
  });
  ended.push(
    () => front.stop(true),
    upstreams.stop,
    () => server.close(),
    () => sockets.forEach((socket) => void socket.destroy()),
  );
  return { url: front.url, port: front.port as number, sockets };
}

/** A server in full, which answers with what it was sent. */
function echo() {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) =>
      Response.json({
        length: request.headers.get("content-length"),
        coding: request.headers.get("transfer-encoding"),
        ...digest(await request.bytes()),
      }),
  });
  ended.push(() => server.stop(true));
  return (socket: Socket) => {
    const behind = connect(server.port as number, "127.0.0.1").on("error", () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  };
}

const digest = (bytes: Uint8Array) => ({ bytes: bytes.length, digest: Bun.hash(bytes).toString() });
const noise = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(Math.random() * 60_000);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test("as long as announced, or in chunks of any size: what is sent is what comes", async () => {
  const { url } = await door(echo());
  const sent = Array.from({ length: 8 }, (_, i) => noise([1, 10_000, 65_536][i % 3] as number));
  const long = Buffer.concat(Array.from({ length: 48 }, () => noise(65_536)));
  const put = async (body: BodyInit) => (await fetch(url, { method: "PUT", body })).json();
  await Promise.all(
    [...sent, long].flatMap((bytes) => [
      put(bytes).then((came) => expect(came).toEqual({ length: `${bytes.length}`, coding: null, ...digest(bytes) })),
      put(pieces(bytes) as never).then((came) => expect(came).toEqual({ length: null, coding: "chunked", ...digest(bytes) })),
    ]),
  );
});

test("it waits at its sender's while its server doesn't read", async () => {
  let read = () => {};
  let came = 0;
  const { port } = await door((socket) => {
    read = () =>
      void socket.on("data", ({ length }) => {
        came += length;
      });
  });
  const BYTES = 64 * 1024 * 1024;
  const client = connect(port, "127.0.0.1");
  ended.push(() => client.destroy());
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BYTES}\r\n\r\n`);
  client.write(new Uint8Array(BYTES));
  let before = -1;
  const stands = () => {
    const still = client.bytesWritten - client.writableLength === before;
    before = client.bytesWritten - client.writableLength;
    return still;
  };
  await until("its sender to stand", stands);
  const waiting = client.writableLength;
  expect(waiting).toBeGreaterThan(0);
  read();
  await until("all of it to come", () => came > BYTES);
});

const answered = (client: Socket) => {
  let text = "";
  client.on("data", (bytes) => {
    text += bytes;
  });
  return () => text;
};

test("an answer before its end arrives, and its connection is over: what is left would be the next call there", async () => {
  const { port, sockets } = await door((socket) => {
    socket.once("data", () => void socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong"));
  });
  const client = connect(port, "127.0.0.1");
  ended.push(() => client.destroy());
  const text = answered(client);
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegun");
  await until("the answer", () => text().endsWith("long"));
  expect(text()).toStartWith("HTTP/1.1 413");
  await until("the server's connection to be over", () => sockets.size === 0);
});

test("a server that hangs up in the middle of it gave no answer", async () => {
  const { url } = await door((socket) => {
    socket.once("data", () => socket.destroy());
  });
  expect((await fetch(url, { method: "POST", body: noise(8_000_000) })).status).toBe(503);
});

test("who leaves in the middle of it leaves its server half a call, which ends", async () => {
  let came = "";
  const { port, sockets } = await door((socket) => {
    socket.on("data", (bytes) => {
      came += bytes;
    });
  });
  const client = connect(port, "127.0.0.1");
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
  await until("what there is of it", () => came.endsWith("half"));
  client.destroy();
  await until("the server's connection to be over", () => sockets.size === 0);
});

test("a body goes over a connection of its own, which then is kept for calls without one", async () => {
  let connections = 0;
  const echoes = echo();
  const { url } = await door((socket) => {
    connections += 1;
    echoes(socket);
  });
  const ask = async (method: string) => (await fetch(url, { method, ...(method === "POST" && { body: "a" }) })).json();
  await ask("GET");
  await ask("GET");
  expect(connections).toBe(1);
  await ask("POST");
  await ask("POST");
  expect(connections).toBe(3);
  await Promise.all([ask("GET"), ask("GET"), ask("GET")]);
  expect(connections).toBe(3);
});

test.each([
  ["", 5],
  ["Content-Length: 5\r\n", undefined],
])("a length that is said twice is no number to count by", async (more, bytes) => {
  const read: (Body | undefined)[] = [];
  const fetch = (request: Request) => {
    read.push(bodyOf(request));
    return new Response();
  };
  const front = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  const client = connect(front.port as number, "127.0.0.1");
  ended.push(
    () => front.stop(true),
    () => client.destroy(),
  );
  client.write(`POST / HTTP/1.1\r\nHost: a\r\n${more}Content-Length: 5\r\n\r\nhello`);
  await until("the call", () => read.length === 1);
  expect(read[0]?.bytes).toBe(bytes);
});

const stream = (...sent: string[]) => new Blob(sent).stream() as ReadableStream<Uint8Array>;

test("pieces of one memory are taken as they are", async () => {
  const bytes = noise(50_000);
  const came: Buffer[] = [];
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let at = 0; at < 50_000; at += 10_000) controller.enqueue(bytes.subarray(at, at + 10_000));
      controller.close();
    },
  });
  await sendBody({ stream: body, bytes: 50_000 }, async (part) => void came.push(Buffer.from(part)));
  expect(digest(Buffer.concat(came))).toEqual(digest(bytes));
});

test.each([
  ["less", 6],
  ["more", 4],
])("%s than was announced is no body", async (_, bytes) => {
  let came = 0;
  const write = async ({ length }: Uint8Array) => {
    came += length;
  };
  await expect(sendBody({ stream: stream("hello"), bytes }, write)).rejects.toThrow("length");
  expect(came).toBeLessThanOrEqual(bytes);
});

test("of many at once each arrives, also where only some have much room", async () => {
  const { url } = await door(echo());
  const bytes = noise(60_000);
  const much = Buffer.concat(Array.from({ length: 10 }, () => bytes));
  const put = async () => (await (await fetch(url, { method: "PUT", body: much })).json()).digest;
  const came = await Promise.all(Array.from({ length: 40 }, put));
  expect(new Set(came)).toEqual(new Set([digest(much).digest]));
});

test("what can't be written ends it, and nobody asks for the rest", async () => {
  let isCancelled = false;
  const endless: Body["stream"] = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    cancel: () => {
      isCancelled = true;
    },
  });
  let unsent: ArrayBufferLike | undefined;
  const gone = ({ buffer }: Uint8Array) => {
    unsent = buffer;
    return Promise.reject(new Error("gone"));
  };
  await expect(sendBody({ stream: endless, bytes: 1e8 }, gone)).rejects.toThrow("gone");
  expect([isCancelled, unsent?.byteLength]).toEqual([true, 0]);
});

test("who sends little at a time has no memory here meanwhile, nor the room of who sends much", async () => {
  const rooms: ArrayBufferLike[] = [];
  const most: number[] = [];
  const slow = Array.from({ length: 16 }, () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    void writer.write(noise(10));
    const write = async ({ buffer }: Uint8Array) => void [rooms.push(buffer), most.push(buffer.byteLength)];
    return { writer, sent: sendBody({ stream: readable, bytes: 1e8 }, write) };
  });
  await until("what each sent", () => rooms.length === 16);
  expect(Math.max(...most)).toBe(4096);
  await until("their memory to be given back", () => rooms.every(({ byteLength }) => byteLength === 0));
  const written: number[] = [];
  const fast = async function* () {
    for (let i = 0; i < 64; i++) yield noise(65_536);
  };
  const write = async ({ length }: Uint8Array) => void written.push(length);
  await sendBody({ stream: fast() as never, bytes: 64 * 65_536 }, write);
  expect(Math.max(...written.slice(0, 24))).toBe(65_536);
  expect(Math.max(...written)).toBe(1536 * 1024);
  await Promise.all(slow.map(({ writer }) => writer.abort()));
  await Promise.allSettled(slow.map(({ sent }) => sent));
});
