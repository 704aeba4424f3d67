import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { ask } from "../../../../agent/previews/neko/ask.ts";
import { dial } from "../../../../agent/seats/process/dial.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { PATIENCE_MS, until } from "../../../support/until.ts";

const seat = { dial: (port: number) => dial(1, port) } as SeatHandle;
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** What a program of the learner's may be: it says what it likes to whoever calls. */
async function program(answer: (socket: Socket, heard: Buffer) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    socket.on("data", (heard: Buffer) => answer(socket, heard));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

const call = (port: number, signal = AbortSignal.timeout(PATIENCE_MS)) =>
  ask(seat, port, { method: "POST", path: "/api/login", body: { password: "word" } }, signal);

test("an answer is read to its length, its last piece, or its end, whatever it comes in", async () => {
  for (const answer of [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\n\r\n",
    "HTTP/1.0 200\r\n\r\nhello",
  ]) {
    const port = await program((socket) => {
      for (const letter of answer) socket.write(letter);
      if (answer.startsWith("HTTP/1.0")) socket.end();
    });
    expect(await call(port)).toEqual({ status: 200, body: "hello" });
  }
});

test("the call is whole: a length, a type, and no way to be kept", async () => {
  let heard = "";
  const port = await program((socket, bytes) => {
    heard += bytes;
    if (heard.endsWith("}")) socket.end("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
  });
  expect((await call(port)).status).toBe(204);
  expect(heard.split("\r\n")).toEqual([
    ...["POST /api/login HTTP/1.1", "host: localhost", "content-type: application/json", "connection: close"],
    ...["content-length: 19", "", '{"password":"word"}'],
  ]);
});

test.each([
  ["speaks something else", (socket: Socket) => void socket.write("SSH-2.0-OpenSSH\r\n\r\n")],
  ["hangs up", (socket: Socket) => void socket.end()],
  ["has a head without an end", (socket: Socket) => flood(socket, "HTTP/1.1 200 OK\r\nx: ")],
  ["has a body without an end", (socket: Socket) => flood(socket, "HTTP/1.1 200 OK\r\n\r\n")],
  ["has lengths that are none", (socket: Socket) => flood(socket, "HTTP/1.1 200 OK\r\ncontent-length: -1e99\r\n\r\n")],
])("a program that %s is left", async (_, answer) => {
  const port = await program(answer);
  expect(
    await call(port).then(
      ({ body }) => body.length,
      () => "left",
    ),
  ).toSatisfy((found) => found === "left" || Number(found) < 16_385);
  await until("its connections to end", () => sockets.every(({ destroyed, writableEnded }) => destroyed || writableEnded));
});

test("a program that never answers has the time that it is given, and no more", async () => {
  const port = await program(() => {});
  const end = new AbortController();
  const answer = call(port, end.signal).catch((error: Error) => error.message);
  await until("the call", () => sockets.length === 1);
  end.abort(new Error("too late"));
  expect(await answer).toBe("too late");
});

function flood(socket: Socket, head: string): void {
  socket.write(head);
  const more = (): void => {
    while (!socket.destroyed && socket.write("x".repeat(65_536))) {}
  };
  socket.on("drain", more);
  more();
}
