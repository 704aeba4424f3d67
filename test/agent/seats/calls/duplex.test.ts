import { expect, test } from "bun:test";
import type { Duplex } from "node:stream";
import { ask } from "../../../../agent/seats/calls/ask.ts";
import { duplexOf, PIECE_BYTES } from "../../../../agent/seats/calls/duplex.ts";
import type { SeatSocket } from "../../../../agent/seats/seat.ts";
import { until } from "../../../support/until.ts";

const READ = 512 * 1024;

/** A seat's server, which says what the test has it say. */
function server(seat = 1) {
  const closed = Promise.withResolvers<void>();
  let say = (_: Uint8Array) => {};
  const seen = { paused: false };
  const socket: SeatSocket = {
    onData: (take) => {
      say = take;
    },
    onDrain: () => {},
    closed: closed.promise,
    pause: () => {
      seen.paused = true;
    },
    resume: () => {
      seen.paused = false;
    },
    close: () => closed.resolve(),
    write: (bytes) => bytes.length,
  };
  return { connection: duplexOf(socket, seat), say: (bytes: Uint8Array) => say(bytes), end: () => closed.resolve(), seen };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function countOf(...connections: Duplex[]): () => number {
  let bytes = 0;
  for (const one of connections)
    one.on("data", (piece: Uint8Array) => {
      bytes += piece.length;
    });
  return () => bytes;
}

test("a seat's servers are read in pieces, one in a turn of the loop whatever connections they have, and nothing is lost", async () => {
  const servers = Array.from({ length: 10 }, () => server());
  const other = server(2);
  const [heard, heardOther] = [countOf(...servers.map(({ connection }) => connection)), countOf(other.connection)];
  await turn();
  for (const { say } of [...servers, other]) say(Buffer.alloc(READ));
  expect(heard()).toBe(0);
  for (let before = 0; before < servers.length * READ; before = heard()) {
    await turn();
    expect(heard() - before).toBeLessThanOrEqual(PIECE_BYTES);
  }
  // Ten times as many turns as it needed.
  expect(heardOther()).toBe(READ);
});

test("the end comes after all that was said before", async () => {
  const { connection, say, end } = server();
  let text = "";
  connection.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  const over = new Promise((resolve) => connection.on("end", resolve));
  await turn();
  say(Buffer.from("x".repeat(3 * PIECE_BYTES)));
  end();
  await over;
  expect(text.length).toBe(3 * PIECE_BYTES);
});

test("who doesn't read holds the server back, and who goes on reads what was said since", async () => {
  const { connection, say, seen } = server();
  const heard = countOf(connection);
  await turn();
  connection.pause();
  say(Buffer.alloc(READ));
  expect(seen.paused).toBe(true);
  await until("nothing to be passed on", async () => {
    const before = connection.readableLength;
    for (let i = 0; i < 10; i++) await turn();
    return connection.readableLength === before;
  });
  expect(heard()).toBe(0);
  expect(connection.readableLength).toBeLessThanOrEqual(2 * PIECE_BYTES);
  connection.resume();
  await until("all of it", () => heard() === READ && !seen.paused);
});

const early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";

test("what announces an answer again and again gives none; a few announcements are heard", async () => {
  const asked = { method: "GET", path: "/", headers: [] };
  const [few, many, long] = [server(), server(), server()];
  const answers = [few, many, long].map(({ connection }) =>
    ask(connection, asked).then(({ message }) => message.statusCode, String),
  );
  await turn();
  few.say(Buffer.from(`${early.repeat(8)}HTTP/1.1 200 OK\r\n\r\n`));
  many.say(Buffer.from(`${early.repeat(9)}HTTP/1.1 200 OK\r\n\r\n`));
  const padded = early.replace("/a", "a".repeat(12_000));
  long.say(Buffer.from(`${padded.repeat(6)}HTTP/1.1 200 OK\r\n\r\n`));
  const refused = "Error: its answer has no beginning";
  expect(await Promise.all(answers)).toEqual([200, refused, refused]);
  expect([many, long].every(({ connection }) => connection.destroyed)).toBe(true);
});
