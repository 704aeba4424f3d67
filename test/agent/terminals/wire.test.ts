import { expect, test } from "bun:test";
import { encodeInput } from "../../../agent/contract/terminal.ts";
import { NumberedWire } from "../../../agent/terminals/numbered.ts";
import { PlainWire } from "../../../agent/terminals/plain.ts";

const text = (value: unknown) => JSON.stringify(value);
const hello = text({ type: "hello", client: "0123456789abcdef", cols: 80, rows: 24 });
const A = new Uint8Array([65]);

test("clarateach.v1: each number is heard once, what comes again is acknowledged up to the newest, gaps end it", () => {
  const wire = new NumberedWire();
  expect(wire.hear(encodeInput(1, A)).type).toBe("bad");
  expect(wire.hear(hello)).toEqual({ type: "hello", client: "0123456789abcdef", size: { cols: 80, rows: 24 } });
  expect(wire.viewers(2)).toBeUndefined();
  expect(wire.welcome(7, 1, undefined)).toEqual({ type: "welcome", taken: 7, viewers: 1 });
  expect(wire.viewers(2)).toEqual({ type: "viewers", count: 2 });
  expect(wire.hear(encodeInput(5, A))).toEqual({ type: "again", seq: 7 });
  expect(wire.hear(encodeInput(8, A))).toEqual({ type: "input", seq: 8, bytes: A });
  expect(wire.hear(encodeInput(8, A))).toEqual({ type: "again", seq: 8 });
  expect(wire.hear(encodeInput(10, A))).toEqual({ type: "bad", why: "input 10 came after 8" });
  expect(wire.hear(hello)).toEqual({ type: "bad", why: "hello came twice" });
});

test("clarateach.v1: an agent whose memory is younger than the page takes whatever number comes first", () => {
  const wire = new NumberedWire();
  wire.hear(hello);
  wire.welcome(0, 1, undefined);
  expect(wire.hear(encodeInput(900, A))).toEqual({ type: "input", seq: 900, bytes: A });
});

test("plain JSON: opens without a hello; a character that comes in two pieces leaves in one", () => {
  const wire = new PlainWire();
  expect(wire.opensIn).toEqual({ cols: 80, rows: 24 });
  expect(wire.hear(text({ type: "input", data: "ä" }))).toEqual({ type: "input", bytes: new Uint8Array([0xc3, 0xa4]) });
  expect(wire.hear(text({ type: "ping" }))).toEqual({ type: "ping" });
  expect(wire.encode(new Uint8Array([0xc3]))).toBe("");
  expect(wire.encode(new Uint8Array([0xa4]))).toBe(text({ type: "output", data: "ä" }));
  expect(wire.welcome()).toBeUndefined();
});
