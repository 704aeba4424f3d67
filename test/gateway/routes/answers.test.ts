import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Problem } from "../../../agent/contract/errors.ts";
import { readBody } from "../../../gateway/routes/answers.ts";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  // As the gateway's: no pause of the client below is near it.
  idleTimeout: 120,
  fetch: (request) =>
    readBody(request, 1000, "form", 500).then(
      (body) => new Response(body.toString()),
      (problem: Problem) => new Response(problem.message, { status: problem.status }),
    ),
});
afterAll(() => server.stop(true));

/** Sends a byte every 20 ms until it is answered, `length` at most. */
function drip(length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port ?? 0, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    let sent = 0;
    const timer = setInterval(() => sent++ < length && socket.write("x"), 20);
    socket.on("data", (answer) => resolve(answer.toString()));
    socket.on("error", reject);
    socket.on("close", () => clearInterval(timer));
    socket.on("data", () => socket.destroy());
  });
}

test("a body that comes byte by byte has a deadline in all, whether it stops or goes on", async () => {
  for (const length of [0, 999]) {
    const answer = await drip(length);
    expect(answer).toStartWith("HTTP/1.1 400");
    expect(answer).toEndWith("The form did not arrive whole within 0.5 s. Send it again.");
  }
});

test("a body in time is read whole, and one that is too long is refused", async () => {
  const post = (body: string) => fetch(server.url, { method: "POST", body });
  expect(await (await post("x".repeat(1000))).text()).toHaveLength(1000);
  expect((await post("x".repeat(1001))).status).toBe(413);
  expect(await (await fetch(server.url, { method: "POST" })).text()).toBe("");
});
