import { expect, test } from "bun:test";
import { FrameReader } from "../../../../agent/seats/calls/frame-reader.ts";
import { closeFrame, messageFrame } from "../../../../agent/seats/calls/frames.ts";

const MOST = 100_000;
const MB = 1024 * 1024;

function reader(larger: "close" | "leave out" = "close", room?: { left: number }) {
  const heard: unknown[] = [];
  const frames = new FrameReader(
    { most: MOST, larger, room },
    {
      message: (data) => void heard.push(typeof data === "string" ? data : [...data]),
      leftOut: () => void heard.push("left out"),
      ping: (data) => void heard.push({ ping: [...data] }),
      closed: (code, reason) => void heard.push({ code, reason }),
    },
  );
  return { heard, frames };
}

/** As a server sends it. */
function frame(opcode: number, payload: Uint8Array | string, { final = true, odd = 0 } = {}): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const head = body.length < 126 ? Buffer.of(0, body.length) : Buffer.alloc(body.length < 65_536 ? 4 : 10);
  if (head.length === 4) head.writeUInt16BE(body.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(body.length), 2);
  if (head.length > 2) head[1] = head.length === 4 ? 126 : 127;
  head[0] = (final ? 0x80 : 0) | odd | opcode;
  return Buffer.concat([head, body]);
}

const part = (opcode: number, payload: Uint8Array | string) => frame(opcode, payload, { final: false });

test("messages of every length come whole, however they are cut: in frames by the server, in pieces by the network", () => {
  const texts = ["", "a", "y".repeat(126), "é".repeat(100), "x".repeat(70_000)];
  const bytes = Buffer.concat([...texts.map((text) => frame(1, text)), part(1, "two, "), part(0, ""), frame(0, "end")]);
  for (const step of [1, 7, 4096, bytes.length]) {
    const { heard, frames } = reader();
    for (let at = 0; at < bytes.length; at += step) frames.take(bytes.subarray(at, at + step));
    expect(heard).toEqual([...texts, "two, end"]);
  }
});

test("parts are one message, and a ping comes between them", () => {
  const { heard, frames } = reader();
  frames.take(Buffer.concat([part(2, "ab"), frame(9, "?"), part(0, "c"), frame(0, "d")]));
  expect(heard).toEqual([{ ping: [63] }, [97, 98, 99, 100]]);
});

test("a close is told with its code and reason", () => {
  const { heard, frames } = reader();
  frames.take(frame(8, Buffer.concat([Buffer.of(0x0f, 0xa0), Buffer.from("bye")])));
  frames.take(frame(1, "after"));
  expect(heard).toEqual([{ code: 4000, reason: "bye" }]);
});

test.each([
  ["a longer message than is held", undefined, Buffer.of(0x82, 127, 0, 0, 0, 0, 0xff, 0, 0, 0), 1009],
  ["a longer message in parts", part(2, Buffer.alloc(60_000)), part(0, Buffer.alloc(60_000)), 1009],
  ["a frame without an end", undefined, Buffer.of(0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255), 1002],
  ["a mask", undefined, Buffer.of(0x81, 0x81, 0, 0, 0, 0, 97), 1002],
  ["an extension's bit", undefined, frame(1, "a", { odd: 0x40 }), 1002],
  ["an opcode that is none", undefined, frame(3, "a"), 1002],
  ["a control frame that goes on", undefined, part(9, "a"), 1002],
  ["a control frame that is long", undefined, frame(9, "a".repeat(126)), 1002],
  ["the rest of nothing", undefined, frame(0, "a"), 1002],
  ["a message in a message", part(1, "a"), frame(1, "b"), 1002],
  ["text that isn't", undefined, frame(1, Buffer.of(0xff)), 1007],
])("%s ends it, before it is waited for", (_, before, bytes, code) => {
  const { heard, frames } = reader();
  if (before) frames.take(before);
  frames.take(bytes);
  expect(heard).toEqual([{ code, reason: expect.any(String) }]);
});

test("where it is wished, a message that is too large is left out, in one frame or in many, and the next one comes", () => {
  for (const cut of [1_000, 500_000]) {
    const { heard, frames } = reader("leave out");
    const large = [part(1, "z".repeat(50_000)), part(0, "z".repeat(60_000)), frame(0, "z"), frame(1, "z".repeat(MOST + 1))];
    const bytes = Buffer.concat([...large, frame(1, "after")]);
    for (let at = 0; at < bytes.length; at += cut) frames.take(bytes.subarray(at, at + cut));
    expect(heard).toEqual(["left out", "left out", "after"]);
  }
});

/** Bytes that are held outside of the heap of JavaScript, what is garbage left aside. */
function held(): number {
  Bun.gc(true);
  return process.memoryUsage().arrayBuffers;
}

test("what is held of a message is its own bytes, not the reads that it came in", () => {
  const before = held();
  let length = 0;
  const message = (data: string | Uint8Array) => {
    length = data.length;
  };
  const frames = new FrameReader({ most: MOST, larger: "close" }, { message, ping: () => {}, closed: () => {} });
  frames.take(part(2, "x"));
  // One byte of each read is the message's, the rest of it is pings.
  const pings = Array.from({ length: 1000 }, () => frame(9, "x".repeat(125)));
  for (let i = 0; i < 250; i++) frames.take(Buffer.concat([part(0, "x"), ...pings]));
  expect(held() - before).toBeLessThan(8 * MB);
  frames.take(frame(0, "x"));
  expect(length).toBe(252);
});

test("one frame without an end that is left out is never held", () => {
  const before = held();
  const { heard, frames } = reader("leave out");
  frames.take(Buffer.of(0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0));
  const reads = Array.from({ length: 64 }, () => Buffer.alloc(MB, "x"));
  for (const read of reads) frames.take(read);
  reads.length = 0;
  expect(held() - before).toBeLessThan(8 * MB);
  expect(heard).toEqual([]);
});

test("readers that share a room hold no more than it has, and give back what they held", () => {
  const room = { left: 2 * MOST };
  const readers = Array.from({ length: 4 }, () => reader("close", room));
  const beginning = part(2, Buffer.alloc(MOST - 10));
  for (const { frames } of readers) frames.take(beginning);
  expect(readers.map(({ heard }) => heard.length)).toEqual([0, 0, 1, 1]);
  expect(readers[2]?.heard).toEqual([{ code: 1009, reason: expect.any(String) }]);
  expect(room.left).toBe(20);
  readers[0]?.frames.take(frame(0, "end"));
  readers[1]?.frames.drop();
  expect(room.left).toBe(2 * MOST);
});

test("what goes up is masked, by another mask each time, and a close code that may not be sent is another", () => {
  const [sent, again] = [messageFrame("a password"), messageFrame("a password")];
  expect([sent[0], sent[1]]).toEqual([0x81, 0x8a]);
  expect(sent.includes("password") || sent.equals(again)).toBe(false);
  const mask = sent.subarray(2, 6);
  expect(Buffer.from(sent.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString()).toBe("a password");
  const code = (frame: Buffer) => ((frame[6] ?? 0) ^ (frame[2] ?? 0)) * 256 + ((frame[7] ?? 0) ^ (frame[3] ?? 0));
  expect([1006, 1000, 4001, 5000].map((one) => code(closeFrame(one)))).toEqual([1001, 1000, 4001, 1001]);
  expect(closeFrame(1000, "é".repeat(200)).length).toBeLessThan(140);
});
