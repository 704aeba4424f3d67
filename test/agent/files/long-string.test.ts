import { expect, test } from "bun:test";
import fc from "fast-check";
import { bodyJson, SAVE_BODY_LIMIT } from "../../../agent/files/body.ts";
import { contentOf } from "../../../agent/files/content.ts";
import { LongString } from "../../../agent/files/long-string.ts";

const LONG = 300_000;

const readBy = async (json: string, piece?: number) => {
  const pieces = await Array.fromAsync(new LongString(Buffer.from(json.slice(1, -1))).text(piece));
  return { pieces, text: pieces.join("") };
};
const sent = (json: string) => bodyJson(new Request("http://x/", { method: "PUT", body: json }), SAVE_BODY_LIMIT);
const saved = async (value: object) => Buffer.concat(await Array.fromAsync(await contentOf(await sent(JSON.stringify(value)))));

test("read piece by piece it says the same, wherever it is cut", async () => {
  const letters = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.stringMatching(/^["\\\n\u0001]{0,40}$/));
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 10, max: 40 }), fc.boolean(), async (value, piece, escapeAll) => {
      const plain = JSON.stringify(value);
      const json = escapeAll
        ? plain.replace(/[^\x00-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
        : plain;
      expect((await readBy(json, piece)).text).toBe(JSON.parse(json));
    }),
    { numRuns: 500 },
  );
});

test("no piece ends inside a character that is two of JavaScript's", async () => {
  const { pieces } = await readBy(JSON.stringify("🎓".repeat(50)), 10);
  expect(pieces.length).toBeGreaterThan(5);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});

test("what isn't UTF-8 or JSON ends with an error, and ends", async () => {
  for (const bytes of [Buffer.alloc(100, 0x80), Buffer.from("a\nb".repeat(20)), Buffer.from("\\x".repeat(20))]) {
    const reading = Array.fromAsync(new LongString(bytes).text(16));
    expect(reading).rejects.toThrow();
    await reading.catch(() => {});
  }
});

test("a long field is what it was, beside short ones, in both encodings", async () => {
  const text = 'é"\\\n🎓'.repeat(LONG / 8);
  expect((await saved({ encoding: "utf-8", content: text, more: "short" })).equals(Buffer.from(text))).toBe(true);
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))).subarray(0, 65_000);
  const long = Buffer.concat(Array(10).fill(bytes));
  for (const size of [long.length, long.length - 1, long.length - 2])
    expect(
      (await saved({ content: long.subarray(0, size).toString("base64"), encoding: "base64" })).equals(long.subarray(0, size)),
    ).toBe(true);
});

test("a long field that is wrong is refused with the words of a short one", async () => {
  const long = "A".repeat(LONG);
  expect(saved({ content: `${long}=${long}`, encoding: "base64" })).rejects.toThrow("isn't valid base64");
  expect(saved({ content: `${long}A`, encoding: "base64" })).rejects.toThrow("isn't valid base64");
  const lone = await contentOf(await sent(`{"content":"${long}\\ud83d"}`));
  expect(Array.fromAsync(lone)).rejects.toThrow("isn't valid utf-8");
  const broken = await contentOf(await sent(`{"content":"${long}\\q"}`));
  expect(Array.fromAsync(broken)).rejects.toThrow("isn't a JSON object");
  for (const encoding of ["constructor", "utf8", 7])
    expect(saved({ content: "x", encoding })).rejects.toThrow('use "utf-8" or "base64"');
  expect(sent(`["${long}"]`)).rejects.toThrow("isn't a JSON object");
});
