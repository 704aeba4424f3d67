import { expect, test } from "bun:test";
import { amounts, dollars } from "../../../../views/client/shared/money.ts";
import { wordsOf } from "../../../../views/client/workspace/claude-words.ts";

const USE = { requests: 12, inputTokens: 40_000, outputTokens: 7_600, cacheWriteTokens: 0, cacheReadTokens: 0 };

test("what a seat used is said with its cap, or in tokens where no price is known, and a pause before both", () => {
  expect(wordsOf({ ...USE, usd: 0.4234, limitUsd: 5, paused: false })).toEqual({
    ...{ short: "Claude $0.42 of $5.00", bare: "$0.42 of $5.00" },
    whole: "This seat used $0.42 of $5.00: 12 requests, 48 k tokens.",
  });
  expect(wordsOf({ ...USE, usd: null, limitUsd: 5, paused: false }).short).toBe("Claude 12 requests, 48 k tokens");
  expect(wordsOf({ ...USE, usd: 1, paused: true })).toMatchObject({
    ...{ short: "Claude paused", bare: "Claude paused" },
    whole: "Claude is paused. This seat used $1.00: 12 requests, 48 k tokens.",
  });
});

test.each([
  [0, "$0.00"],
  [0.0004, "under $0.01"],
  [0.014, "$0.01"],
  [12.5, "$12.50"],
  [null, "price unknown"],
] as const)("%p dollars are %p", (usd, words) => expect(dollars(usd)).toBe(words));

test("large numbers are short", () => {
  const words = [0, 999, 1000, 999_499, 999_500, 1_240_000, 12_000_000].map((inputTokens) =>
    amounts({ ...USE, inputTokens, outputTokens: 0 }).replace("12 requests, ", ""),
  );
  expect(words).toEqual(["0 tokens", "999 tokens", "1 k tokens", "999 k tokens", "1 M tokens", "1.2 M tokens", "12 M tokens"]);
});
