import { expect, test } from "bun:test";
import fc from "fast-check";
import { JsonKeys } from "../../../agent/relay/json-keys.ts";
import { AnswerMeter, StreamMeter } from "../../../agent/relay/meter.ts";
import { costOf } from "../../../agent/relay/prices.ts";
import { Scrub, scrubbed } from "../../../agent/relay/scrub.ts";
import { NOTHING_USED, type Usage } from "../../../agent/relay/usage.ts";
import { streamOf } from "../../support/upstream.ts";

/** Bytes in pieces of these sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

test("a value of the object itself is found, as JSON.parse finds it, however the text is cut", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.jsonValue(),
      sizes,
      fc.boolean(),
      (around, model, pieces, pretty) => {
        const object = { ...around, model, after: { model: "inner" }, list: [{ model: 1 }, "model"] };
        const text = JSON.stringify(object, null, pretty ? 2 : 0);
        const found: string[] = [];
        const keys = new JsonKeys({ model: 100_000 }, (_, value) => found.push(value));
        for (const piece of cut(Buffer.from(text), pieces)) keys.push(piece);
        expect(found.map((value) => JSON.parse(value))).toEqual([JSON.parse(JSON.stringify(model))]);
      },
    ),
  );
});

test("the secret is nowhere in what passed, and all else is as it was", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab]{4,8}$/), fc.stringMatching(/^[abc]{0,200}$/), sizes, (secret, text, pieces) => {
      const scrub = new Scrub(secret);
      const passed = cut(Buffer.from(text), pieces).map((piece) => Buffer.from(scrub.push(piece)).toString());
      const all = passed.join("") + Buffer.from(scrub.end()).toString();
      expect(all).toBe(text.replaceAll(secret, "*".repeat(secret.length)));
    }),
  );
});

test("the secret is taken out however JSON, HTML or an address write it", () => {
  const secret = 'sk/a"b<c>&d\\e';
  const forms = [
    JSON.stringify({ secret }),
    JSON.stringify({ secret }).replaceAll("/", "\\/"),
    JSON.stringify({ secret }).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026"),
    `<p>${Bun.escapeHTML(secret)}</p>`,
    encodeURIComponent(secret),
  ];
  for (const text of forms)
    for (const pieces of [[1], [3, 7], [1000]]) {
      const scrub = new Scrub(secret);
      const passed = cut(Buffer.from(text), pieces).map((piece) => Buffer.from(scrub.push(piece)).toString());
      const all = passed.join("") + Buffer.from(scrub.end()).toString();
      expect(all).toMatch(/\*{14,}/);
      expect(all).not.toContain("sk");
      expect(scrubbed(text, secret)).toBe(all);
    }
});

test("usage is read from a stream in any pieces; what message_delta says last counts", () => {
  const events = streamOf("claude-haiku-4-5", ['she said "usage": {"input_tokens": 9}', "x".repeat(200_000)], {
    ...{ inputTokens: 11, outputTokens: 22, cacheWriteTokens: 33, cacheReadTokens: 44, webSearches: 3 },
  });
  const text = Buffer.from(events.join(""));
  for (const pieces of [[1], [7, 1000], [65_536], [text.length]]) {
    let last: [Usage, string | undefined] | undefined;
    const meter = new StreamMeter((usage, model) => {
      last = [usage, model];
    });
    for (const piece of cut(text, pieces)) meter.push(piece);
    meter.end();
    expect(last).toEqual([
      {
        ...{ inputTokens: 11, outputTokens: 22, cacheWriteTokens: 33, cacheReadTokens: 44 },
        ...{ webSearches: 3, cacheWriteHourTokens: 0, fast: false },
      },
      "claude-haiku-4-5",
    ]);
  }
});

test("usage of an answer that isn't streamed is read behind any content, and nonsense is passed over", () => {
  const content = [{ type: "text", text: '"usage": "x'.repeat(100_000) }];
  const text = JSON.stringify({
    content,
    model: "m",
    usage: { input_tokens: 5, output_tokens: -1, cache_read_input_tokens: 1e300 },
  });
  let found: unknown;
  const meter = new AnswerMeter((usage, model) => {
    found = { usage, model };
  });
  for (const piece of cut(Buffer.from(text), [1000])) meter.push(piece);
  meter.end();
  expect(found).toEqual({ usage: { ...NOTHING_USED, inputTokens: 5 }, model: "m" });
  const other = new AnswerMeter(() => expect.unreachable());
  other.push(Buffer.from("<html>"));
  other.end();
});

test("an answer that came in several steps is counted whole, and one that was made faster as such", () => {
  const usage = {
    ...{ input_tokens: 23_000, output_tokens: 1000, speed: "fast" },
    iterations: [
      { type: "compaction", input_tokens: 180_000, output_tokens: 3500 },
      { type: "message", input_tokens: 23_000, output_tokens: 1000 },
    ],
  };
  let found: unknown;
  const meter = new AnswerMeter((usage) => {
    found = usage;
  });
  meter.push(Buffer.from(JSON.stringify({ usage })));
  meter.end();
  expect(found).toEqual({ ...NOTHING_USED, inputTokens: 203_000, outputTokens: 4500, fast: true });
});

test("money is what the price file says, longer prompts and cached hours too", () => {
  const million = 1_000_000;
  const used = { ...NOTHING_USED, outputTokens: million };
  expect(costOf("claude-opus-5-5", used)).toBe(20);
  expect(costOf("claude-haiku-4-5-20251001", { ...used, webSearches: 3 })).toBeCloseTo(5.03, 9);
  expect(costOf("claude-sonnet-4-6", { ...NOTHING_USED, cacheWriteTokens: million, cacheWriteHourTokens: million })).toBe(6);
  expect(costOf("claude-haiku-5-5", { ...NOTHING_USED, inputTokens: 100_000 })).toBeCloseTo(0.01, 9);
  expect(costOf("claude-haiku-5-5", { ...NOTHING_USED, inputTokens: 100_001 })).toBeCloseTo(0.0500005, 9);
  expect(costOf("some-model-of-ones-own", used)).toBeNull();
  expect(costOf("claude-opus-5-5", { ...used, fast: true })).toBe(40);
  // Nobody knows what that would cost.
  expect(costOf("claude-haiku-4-5", { ...used, fast: true })).toBeNull();
});
