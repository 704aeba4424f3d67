import { expect, test } from "bun:test";
import { closeFrame, FrameReader, MESSAGE_BYTES, messageFrame } from "../../../agent/ports/frames.ts";

function reader() {
  const heard: unknown[] = [];
  const frames = new FrameReader({
    message: (data) => void heard.push(typeof data === "string" ? data : [...data]),
    ping: (data) => void heard.push({ ping: [...data] }),
    closed: (code, reason) => void heard.push({ code, reason }),
  });
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

test("messages of every length come whole, however their bytes are cut", () => {
  const texts = ["", "a", "é".repeat(100), "x".repeat(70_000)];
  const bytes = Buffer.concat(texts.map((text) => frame(1, text)));
  for (const step of [1, 7, 4096, bytes.length]) {
    const { heard, frames } = reader();
    for (let at = 0; at < bytes.length; at += step)
      for (let more = frames.take(bytes.subarray(at, at + step)); more; ) more = frames.more();
    expect(heard).toEqual(texts);
  }
});

test("parts are one message, and a ping comes between them", () => {
  const { heard, frames } = reader();
  frames.take(Buffer.concat([frame(2, "ab", { final: false }), frame(9, "?"), frame(0, "c", { final: false }), frame(0, "d")]));
  expect(heard).toEqual([{ ping: [63] }, [97, 98, 99, 100]]);
});

test("a close is told with its code and reason", () => {
  const { heard, frames } = reader();
  frames.take(frame(8, Buffer.concat([Buffer.of(0x0f, 0xa0), Buffer.from("bye")])));
  frames.take(frame(1, "after"));
  expect(heard).toEqual([{ code: 4000, reason: "bye" }]);
});

test.each([
  ["a longer message than is held", frame(2, Buffer.alloc(0)).fill(0, 2), Buffer.of(0x82, 127, 0, 0, 0, 0, 0xff, 0, 0, 0), 1009],
  ["a mask", undefined, Buffer.of(0x81, 0x81, 0, 0, 0, 0, 97), 1002],
  ["an extension's bit", undefined, frame(1, "a", { odd: 0x40 }), 1002],
  ["an opcode that is none", undefined, frame(3, "a"), 1002],
  ["a control frame that goes on", undefined, frame(9, "a", { final: false }), 1002],
  ["a control frame that is long", undefined, frame(9, "a".repeat(126)), 1002],
  ["the rest of nothing", undefined, frame(0, "a"), 1002],
  ["a message in a message", frame(1, "a", { final: false }), frame(1, "b"), 1002],
  ["text that isn't", undefined, frame(1, Buffer.of(0xff)), 1007],
])("%s ends it, before it is waited for", (_, before, bytes, code) => {
  const { heard, frames } = reader();
  if (before && code !== 1009) frames.take(before);
  frames.take(bytes);
  expect(heard).toEqual([{ code, reason: expect.any(String) }]);
});

test("parts without an end are no way to fill the memory: not by bytes, and not by nothing", () => {
  for (const size of [0, 60_000]) {
    const { heard, frames } = reader();
    frames.take(frame(2, Buffer.alloc(size), { final: false }));
    const part = frame(0, Buffer.alloc(size), { final: false });
    for (let i = 0; i < MESSAGE_BYTES / 60 && heard.length === 0; i++) frames.take(part);
    expect(heard).toEqual([{ code: 1009, reason: expect.any(String) }]);
  }
});

test("very many small messages are taken in turns", () => {
  const { heard, frames } = reader();
  let more = frames.take(Buffer.concat(Array.from({ length: 5000 }, () => frame(1, "."))));
  const first = heard.length;
  expect(first).toBeLessThan(5000);
  while (more) more = frames.more();
  expect(heard.length).toBe(5000);
});

test("what goes up is masked, and a close code that may not be sent is another", () => {
  const sent = messageFrame("hello");
  expect([sent[0], sent[1]]).toEqual([0x81, 0x85]);
  const mask = sent.subarray(2, 6);
  expect(Buffer.from(sent.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString()).toBe("hello");
  const code = (frame: Buffer) => ((frame[6] ?? 0) ^ (frame[2] ?? 0)) * 256 + ((frame[7] ?? 0) ^ (frame[3] ?? 0));
  expect([1006, 1000, 4001, 5000].map((one) => code(closeFrame(one)))).toEqual([1001, 1000, 4001, 1001]);
  expect(closeFrame(1000, "é".repeat(200)).length).toBeLessThan(140);
});
