/** When a call's connection is given back: with its answer's end, whatever a learner's server goes on to send or to hold. */
import { afterEach, expect, test } from "bun:test";
import type { Socket } from "bun";
import { FIELDS_MOST, forward } from "../../../agent/ports/forward.ts";
import { duplexOf } from "../../../agent/seats/calls/duplex.ts";
import { dial } from "../../../agent/seats/process/dial.ts";
import { until } from "../../support/until.ts";

const place = { seat: 1, port: 3000, origin: "http://01-3000.localhost", machine: "http://localhost" };

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Sends bytes behind its head for as long as somebody is there. */
function endless(head: string): number {
  const timers = new Set<Timer>();
  const socket = {
    data: (one: Socket) => {
      one.write(`${head}\r\n\r\n`);
      timers.add(setInterval(() => one.write(new Uint8Array(1024)), 5));
    },
  };
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  ended.push(() => {
    for (const timer of timers) clearInterval(timer);
    server.stop(true);
  });
  return server.port;
}

/** Says this and keeps its connection. */
function keeping(said: string): number {
  const socket = { open: (one: Socket) => void one.write(said), data: () => {} };
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  ended.push(() => server.stop(true));
  return server.port;
}

/** @returns its answer, and whether its place was given back */
async function asked(port: number, method = "GET", more: RequestInit = {}) {
  let isOver = false;
  const answer = await forward(new Request(place.origin, { method, ...more }), {
    place,
    dial: async () => duplexOf(await dial(1, port), 1),
    signal: new AbortController().signal,
    over: () => {
      isOver = true;
    },
  });
  return { answer, isOver: () => isOver };
}

test.each([
  ["GET", "HTTP/1.1 204 No Content"],
  ["GET", "HTTP/1.1 205 Reset Content"],
  ["GET", "HTTP/1.1 304 Not Modified"],
  ["HEAD", "HTTP/1.1 200 OK"],
])("%s, %s", async (method, head) => {
  const { answer, isOver } = await asked(endless(head), method);
  expect([answer.body, head]).toEqual([null, expect.stringContaining(String(answer.status))]);
  await until("its connection to be gone", isOver);
});

test("a whole answer on a connection that her server keeps", async () => {
  const { answer, isOver } = await asked(keeping("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"));
  expect(await answer.text()).toBe("whole");
  await until("its connection to be gone", isOver);
});

test(`an answer of ${FIELDS_MOST} fields, and of one more`, async () => {
  const head = (count: number) => `HTTP/1.1 200 OK\r\n${"a:b\r\n".repeat(count - 1)}Content-Length: 0\r\n\r\n`;
  expect((await asked(keeping(head(FIELDS_MOST)))).answer.status).toBe(200);
  await expect(asked(keeping(head(FIELDS_MOST + 1)))).rejects.toThrow("gave no answer that a browser can read");
});

test("a body whose length is said twice goes in chunks: Bun takes it for one, and it is no number", async () => {
  let head = "";
  const data = (one: Socket, bytes: Buffer) => {
    head += bytes;
    if (head.endsWith("0\r\n\r\n")) one.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  };
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data } });
  ended.push(() => server.stop(true));
  await asked(server.port, "POST", { body: "hello", headers: { "content-length": "5, 5" } });
  expect(head).toContain("transfer-encoding: chunked");
  expect(head).not.toContain("content-length");
});
