/** An answer without a body is over with its head, whatever a learner's server goes on to send. */
import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Socket } from "bun";
import { forward } from "../../../agent/ports/forward.ts";
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

test.each([
  ["GET", "HTTP/1.1 204 No Content"],
  ["GET", "HTTP/1.1 205 Reset Content"],
  ["GET", "HTTP/1.1 304 Not Modified"],
  ["HEAD", "HTTP/1.1 200 OK"],
])("%s, %s", async (method, head) => {
  const port = endless(head);
  let isOver = false;
  const answer = await forward(new Request(place.origin, { method }), {
    place,
    dial: async () => connect(port, "127.0.0.1"),
    signal: new AbortController().signal,
    over: () => {
      isOver = true;
    },
  });
  expect([answer.body, head]).toEqual([null, expect.stringContaining(String(answer.status))]);
  await until("its connection to be gone", () => isOver);
});
