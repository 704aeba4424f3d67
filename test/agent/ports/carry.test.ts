import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
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
  const open = async () => {
    const key = await until("the call", () => /^sec-websocket-key: (\S+)\r\n.*\r\n\r\n/ims.exec(head)?.[1]);
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    reads = false;
    say(Buffer.from(`HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`));
  };
  const read = () => {
    reads = true;
    drained();
  };
  return { socket, open, read, say: (piece: Uint8Array) => say(piece), heard: () => bytes };
}

test("a server that pings and doesn't read is answered no more, and little is kept for it", async () => {
  const server = unread();
  const request = new Request(`${place.origin}/socket`);
  const room = { left: MESSAGES };
  const dial = async () => duplexOf(server.socket, 1);
  const forward = { place, dial, signal: new AbortController().signal, over: () => {}, room };
  const [carried] = await Promise.all([carry(request, forward), server.open()]);
  const told: unknown[] = [];
  const page = carried.open({ send: (data) => told.push(data), close: () => {}, pause: () => {}, resume: () => {} });
  server.say(Buffer.concat([...Array.from({ length: PINGS }, () => ping), Buffer.of(0x81, 1, 65)]));
  await until("all that it said to be read", () => told.length > 0);
  expect(told).toEqual(["A"]);
  // The page's leave is the last that it hears: whatever was kept for it comes before.
  page.close(1000);
  server.read();
  await server.socket.closed;
  expect(server.heard()).toBeLessThan(MOST_KEPT);
});
