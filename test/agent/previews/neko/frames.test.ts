import { expect, test } from "bun:test";
import { encodeFrame, FrameReader, OPCODE } from "../../../../agent/previews/neko/frames.ts";

const LIMIT = 100_000;
const WHOLE = 0x80;

/** As servers send: not masked. */
function served(first: number, payload: Uint8Array): Buffer {
  const short = payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127;
  const head = Buffer.alloc({ 126: 4, 127: 10 }[short] ?? 2);
  head.set([first, short]);
  if (short === 126) head.writeUInt16BE(payload.length, 2);
  if (short === 127) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

const text = (words: string, first = WHOLE | OPCODE.TEXT) => served(first, Buffer.from(words));

function read(pieces: Iterable<Uint8Array>, limit = LIMIT): [opcode: number, words: string][] {
  const got: [number, string][] = [];
  const reader = new FrameReader(limit, (opcode, payload) => got.push([opcode, payload.toString()]));
  for (const piece of pieces) reader.push(piece);
  return got;
}

const each = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));

test("messages arrive however they are cut: in frames by the server, in pieces by the network", () => {
  const long = "ä".repeat(40_000);
  const stream = Buffer.concat([
    text("one"),
    // As Go's servers send what is larger than their buffer; a ping may come in between.
    ...[text("two, ", OPCODE.TEXT), served(WHOLE | OPCODE.PING, Buffer.from("?")), text("", OPCODE.MORE), text("end", WHOLE)],
    ...[text(""), text("x".repeat(125)), text("y".repeat(126)), text(long)],
  ]);
  const wanted = [
    [OPCODE.TEXT, "one"],
    [OPCODE.PING, "?"],
    [OPCODE.TEXT, "two, end"],
    ...["", "x".repeat(125), "y".repeat(126), long].map((words): [number, string] => [OPCODE.TEXT, words]),
  ];
  expect(read([stream])).toEqual(wanted as [number, string][]);
  expect(read(each(stream))).toEqual(wanted as [number, string][]);
});

test("a message that is too large is left out, in one frame or in many, and the next one comes", () => {
  const large = [text("z".repeat(50), OPCODE.TEXT), text("z".repeat(60), OPCODE.MORE), text("z", WHOLE), text("after")];
  expect(read([text("z".repeat(101)), text("after")], 100)).toEqual([[OPCODE.TEXT, "after"]]);
  expect(read(large, 100)).toEqual([[OPCODE.TEXT, "after"]]);
  expect(read([Buffer.concat(large)], 100)).toEqual([[OPCODE.TEXT, "after"]]);
});

test("one frame without an end is never held", () => {
  const before = process.memoryUsage().rss;
  const piece = Buffer.alloc(64 * 1024, "x");
  function* pieces() {
    yield Buffer.from([WHOLE | OPCODE.TEXT, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
    for (let i = 0; i < 8000; i++) yield piece;
  }
  expect(read(pieces())).toEqual([]);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
});

test.each([
  ["a masked frame", Buffer.from([WHOLE | OPCODE.TEXT, 0x81, 0, 0, 0, 0, 65])],
  ["an extension nobody agreed on", Buffer.from([WHOLE | 0x40 | OPCODE.TEXT, 1, 65])],
  ["a ping in pieces", Buffer.from([OPCODE.PING, 1, 65])],
  ["a ping that is too long", served(WHOLE | OPCODE.PING, Buffer.alloc(126))],
  ["the middle of nothing", text("more", OPCODE.MORE)],
  ["a message within another", Buffer.concat([text("a", OPCODE.TEXT), text("b")])],
  ["a frame without an end", Buffer.from([WHOLE | OPCODE.TEXT, 127, 255, 255, 255, 255, 255, 255, 255, 255])],
])("%s is refused", (_, bytes) => {
  expect(() => read([bytes])).toThrow();
});

test("what is sent is masked, by another mask each time", () => {
  const payload = Buffer.from("a password");
  const [one, other] = [encodeFrame(OPCODE.TEXT, payload), encodeFrame(OPCODE.TEXT, payload)];
  expect(Buffer.from(one).includes("password")).toBe(false);
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(false);
  expect(one.length).toBe(2 + 4 + payload.length);
});
