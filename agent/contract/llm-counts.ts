import { type LlmCounts, UNPRICED_TOKENS_PER_USD, type Usd } from "./llm.ts";

/** What was used, so that it can be added up: money of models that have a price, tokens of those that have none. */
export interface Counted extends LlmCounts {
  /** US dollars. */
  usd: number;
  unpriced: number;
}

export const NOTHING_COUNTED: Counted = {
  ...{ requests: 0, inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 },
  ...{ usd: 0, unpriced: 0 },
};

/** What was used of one model. @param usd null: it has no price */
export const counted = (counts: LlmCounts, usd: Usd): Counted => ({
  ...counts,
  usd: usd ?? 0,
  unpriced: usd === null ? tokensOf(counts) : 0,
});

/** All four kinds. */
export const tokensOf = ({ inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens }: LlmCounts): number =>
  inputTokens + outputTokens + cacheWriteTokens + cacheReadTokens;

export const sumOf = (all: readonly Counted[]): Counted =>
  all.reduce((one, other) => combined(one, other, (a, b) => a + b), NOTHING_COUNTED);

/** What came since `before`. */
export const difference = (now: Counted, before: Counted): Counted => combined(now, before, (a, b) => a - b);

function combined(one: Counted, other: Counted, by: (a: number, b: number) => number): Counted {
  const kinds = Object.keys(NOTHING_COUNTED) as (keyof Counted)[];
  return Object.fromEntries(kinds.map((kind) => [kind, by(one[kind], other[kind])])) as Record<keyof Counted, number>;
}

/** US dollars that a cap is compared with. */
export const worthOf = ({ usd, unpriced }: Counted): number => usd + unpriced / UNPRICED_TOKENS_PER_USD;

/** Millionths of a dollar: sums of many small parts have tails. */
const MICRO = 1e6;

/** As it is reported and shown: the money is unknown as soon as a model without a price was used. */
export function shown({ usd, unpriced, ...counts }: Counted): LlmCounts & { usd: Usd } {
  return { ...counts, usd: unpriced > 0 ? null : Math.round(usd * MICRO) / MICRO };
}
