/** Who is refused in the middle of a body is still sending: a connection that is closed then is reset, and the answer with it. */
import { afterAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { Problem } from "../../agent/contract/errors.ts";
import { UPLOAD_LIMIT } from "../../agent/contract/files.ts";
import { forward } from "../../agent/front/calls.ts";
import { openUpstreams } from "../../agent/front/upstreams.ts";
import { listen } from "../../agent/server.ts";
import { openSockets } from "../../agent/sockets.ts";
import { until } from "../support/until.ts";

const server = listen({
  ...{ listener: "public" as const, at: { hostname: "127.0.0.1", port: 0 }, sockets: openSockets(() => {}) },
  dispatch: () => Promise.reject(new Problem("UNAUTHORIZED", "Join first.")),
  ...{ joinUrl: () => "http://localhost/join", report: String },
});
const upstreams = openUpstreams();
const leave = { now: () => {}, onceTaken: () => {} };
const front = Bun.serve({
  ...{ hostname: "127.0.0.1", port: 0, maxRequestBodySize: UPLOAD_LIMIT },
  fetch: (request) =>
    forward(request, { upstream: `127.0.0.1:${server.port}`, path: "/", client: "127.0.0.1" }, leave, upstreams),
});
afterAll(() => Promise.all([front.stop(true), server.stop(), upstreams.stop()]));

/** A call whose first 3 bytes are sent, once its answer is there. */
async function refused(port: number, length: number) {
  const seen = { said: "", isEnded: false, isClosed: false, errors: [] as Error[] };
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("data", (bytes) => (seen.said += bytes));
  socket.on("end", () => {
    seen.isEnded = true;
    socket.end();
  });
  socket.on("error", (error) => seen.errors.push(error));
  socket.on("close", () => {
    seen.isClosed = true;
  });
  socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nabc`);
  await until("the answer", () => seen.said.includes("Join first."));
  expect(seen.said).toStartWith("HTTP/1.1 401");
  return { socket, seen };
}

const doors = [
  ["the agent", server.port],
  ["the front", Number(front.port)],
] as const;

test.each(doors)("%s answers at once, and the connection ends with the body", async (_, port) => {
  const { socket, seen } = await refused(port, 10);
  // What became of it under the answer is done by now.
  await fetch(`http://127.0.0.1:${port}/`);
  expect(seen.isEnded).toBe(false);
  socket.write("defghij");
  await until("its end", () => seen.isClosed);
  expect(seen.errors).toEqual([]);
});

const drip = (socket: Socket) => {
  const timer = setInterval(() => socket.write("x"), 20);
  socket.on("close", () => clearInterval(timer));
};
const flood = (socket: Socket) => {
  const piece = new Uint8Array(65_536);
  const go = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", go);
  go();
};
test.each(doors)("who sends on is let go by %s: byte by byte, and without an end", async (_, port) => {
  for (const send of [drip, flood]) {
    const { socket, seen } = await refused(port, UPLOAD_LIMIT);
    send(socket);
    await until("its end", () => seen.isClosed);
    expect(socket.bytesWritten).toBeLessThan(UPLOAD_LIMIT / 8);
  }
});
