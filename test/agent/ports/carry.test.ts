import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { CLOSE } from "../../../agent/contract/close.ts";
import { carry } from "../../../agent/ports/carry.ts";
import { duplexOf } from "../../../agent/seats/calls/duplex.ts";
import type { SeatSocket } from "../../../agent/seats/seat.ts";
import { until } from "../../support/until.ts";

const place = { seat: 1, port: 3000, origin: "http://01-3000.localhost", machine: "http://localhost" };
const PINGS = 20_000;
const MESSAGES = 1024 * 1024;
/** Twice what waits in one direction before the other side is asked to pause. */
const MOST_KEPT = 128 * 1024;
const ping = Buffer.concat([Buffer.of(0x89, 125), Buffer.alloc(125)]);

/** A learner's server that takes a socket, and then reads nothing until `read`. */
function unread() {
  let [head, bytes, reads] = ["", 0, true];
  const closed = Promise.withResolvers<void>();
  let [say, drained] = [(_: Uint8Array) => {}, () => {}];
  const socket: SeatSocket = {
    onData: (take) => {
      say = take;
    },
    onDrain: (go) => {
      drained = go;
    },
    closed: closed.promise,
    pause: () => {},
    resume: () => {},
    close: () => closed.resolve(),
    write: (piece) => {
      if (!reads) return 0;
      if (!head.includes("\r\n\r\n")) head += Buffer.from(piece).toString();
      else bytes += piece.length;
      return piece.length;
    },
  };
  /** @param chosen its subprotocol */
  const open = async (chosen = "") => {
    const key = await until("the call", () => /^sec-websocket-key: (\S+)\r\n.*\r\n\r\n/ims.exec(head)?.[1]);
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    reads = false;
    say(
      Buffer.from(
        `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`,
      ),
    );
  };
  const read = () => {
    reads = true;
    drained();
  };
  return { socket, open, read, say: (piece: Uint8Array) => say(piece), heard: () => bytes };
}

function carried(server: ReturnType<typeof unread>, headers: Record<string, string> = {}, over = () => {}) {
  const dial = async () => duplexOf(server.socket, 1);
  const forward = { place, dial, signal: new AbortController().signal, over, room: { left: MESSAGES } };
  return carry(new Request(`${place.origin}/socket`, { headers }), forward);
}

test("a server chooses one of the subprotocols that were offered, or takes no socket", async () => {
  const offered = { "sec-websocket-protocol": "one, two" };
  for (const [chosen, taken] of [
    ["two", true],
    ["three", false],
    ["one, two", false],
    ["one\x80", false],
  ] as const) {
    const server = unread();
    const answer = carried(server, offered).then(
      ({ protocol }) => protocol,
      () => "refused",
    );
    await server.open(`Sec-WebSocket-Protocol: ${chosen}\r\n`);
    expect(await answer).toBe(taken ? chosen : "refused");
  }
});

test("a server that hangs up without a word gives its place back", async () => {
  const server = unread();
  const [told, over] = [[] as unknown[], Promise.withResolvers<void>()];
  const [socket] = await Promise.all([carried(server, {}, over.resolve), server.open()]);
  socket.open({ send: () => 1, close: (...said) => told.push(said), pause: () => {}, resume: () => {} });
  server.socket.close();
  await over.promise;
  expect(told).toEqual([[CLOSE.RESTART, "the seat's server ended"]]);
});

test("a server that pings and doesn't read is answered no more, and little is kept for it", async () => {
  const server = unread();
  const [socket] = await Promise.all([carried(server), server.open()]);
  const told: unknown[] = [];
  const page = socket.open({ send: (data) => told.push(data), close: () => {}, pause: () => {}, resume: () => {} });
  server.say(Buffer.concat([...Array.from({ length: PINGS }, () => ping), Buffer.of(0x81, 1, 65)]));
  await until("all that it said to be read", () => told.length > 0);
  expect(told).toEqual(["A"]);
  // The page's leave is the last that it hears: whatever was kept for it comes before.
  page.close(1000);
  server.read();
  await server.socket.closed;
  expect(server.heard()).toBeLessThan(MOST_KEPT);
});
