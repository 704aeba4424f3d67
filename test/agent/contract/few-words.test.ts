import { expect, test } from "bun:test";
import fc from "fast-check";
import { FewWords } from "../../../agent/contract/few-words.ts";
import { parseClientFrame } from "../../../agent/contract/terminal.ts";

const fits = (text: string, piece = text.length || 1) => {
  const words = new FewWords();
  const bytes = Buffer.from(text);
  let all = true;
  for (let at = 0; at < bytes.length; at += piece) all = words.take(bytes.subarray(at, at + piece));
  return all;
};

test("a few strings fit, whatever stands in them and wherever they are cut", () => {
  const fields = fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "binary", maxLength: 2000 }), fc.boolean()), {
    maxKeys: 6,
  });
  fc.assert(fc.property(fields, fc.integer({ min: 1, max: 50 }), (value, piece) => fits(JSON.stringify(value), piece)));
  expect(fits(JSON.stringify({ content: '"[{\\'.repeat(100_000) }))).toBe(true);
});

test("nesting, numbers and many small values don't", () => {
  for (const text of ["[".repeat(300), `{"a":${"1".repeat(300)}}`, JSON.stringify(Array(200).fill("")), " ".repeat(300)])
    expect(fits(text), text.slice(0, 20)).toBe(false);
});

test("a frame that would hold the loop while it is parsed is none of ours; a megabyte of typing is", () => {
  const data = 'a"b\\'.repeat(200_000);
  expect(parseClientFrame(JSON.stringify({ type: "input", data }))).toEqual({ type: "input", data });
  expect(parseClientFrame(`{"type":"ping","x":${"[".repeat(400)}${"]".repeat(400)}}`)).toBeUndefined();
  expect(parseClientFrame(`{"type":"ping"}${" ".repeat(100)}`)).toEqual({ type: "ping" });
});
