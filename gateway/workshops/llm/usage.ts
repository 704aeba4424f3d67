import { type LlmCounts, type LlmReport, type LlmSeat, UNPRICED_TOKENS_PER_USD, type Usd } from "../../../agent/contract/llm.ts";

/** What was used, so that it can be added up: money of models that have a price, tokens of those that have none. */
export interface Used extends LlmCounts {
  usd: number;
  unpriced: number;
}

/** By seat: what was counted by machines that are gone. */
export type Spent = Readonly<Record<number, Used>>;

export const NOTHING_USED: Used = {
  ...{ requests: 0, inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 },
  ...{ usd: 0, unpriced: 0 },
};

export const tokensOf = (used: LlmCounts): number =>
  used.inputTokens + used.outputTokens + used.cacheWriteTokens + used.cacheReadTokens;

export function sumOf(all: readonly Used[]): Used {
  const kinds = Object.keys(NOTHING_USED) as (keyof Used)[];
  const total = (kind: keyof Used) => all.reduce((sum, used) => sum + used[kind], 0);
  return Object.fromEntries(kinds.map((kind) => [kind, total(kind)])) as Record<keyof Used, number>;
}

/** What a cap in dollars is compared with. */
export const worthOf = (all: readonly Used[]): number =>
  all.reduce((sum, { usd, unpriced }) => sum + usd + unpriced / UNPRICED_TOKENS_PER_USD, 0);

/** A seat of a report. */
function usedOf(seat: LlmSeat): Used {
  const models = seat.models.map(({ model: _, usd, ...counts }) => ({
    ...counts,
    usd: usd ?? 0,
    unpriced: usd === null ? tokensOf(counts) : 0,
  }));
  return sumOf(models);
}

/** All that seats used: on machines that are gone, and on the one that reports. */
export function spentWith(spent: Spent = {}, report: LlmReport | undefined): Spent {
  const now = (report?.seats ?? []).map((seat) => [seat.seat, sumOf([spent[seat.seat] ?? NOTHING_USED, usedOf(seat)])]);
  return { ...spent, ...Object.fromEntries(now) };
}

/** Sums of many small parts have tails: millionths of a dollar. */
const MICRO = 1e6;

/** As it is shown: the money is unknown as soon as a model without a price was used. */
export function shownUse({ usd, unpriced, ...counts }: Used): LlmCounts & { usd: Usd } {
  return { ...counts, usd: unpriced > 0 ? null : Math.round(usd * MICRO) / MICRO };
}
