import type { LlmReport, LlmSeat } from "../../../agent/contract/llm.ts";
import { type Counted, counted, NOTHING_COUNTED, sumOf } from "../../../agent/contract/llm-counts.ts";

/** By seat: what was counted by machines that are gone. */
export type Spent = Readonly<Record<number, Counted>>;

/** A seat of a report. */
const usedOf = ({ models }: LlmSeat): Counted => sumOf(models.map(({ model: _, usd, ...counts }) => counted(counts, usd)));

/** All that seats used: on machines that are gone, and on the one that reports. */
export function spentWith(spent: Spent = {}, report: LlmReport | undefined): Spent {
  const now = (report?.seats ?? []).map((seat) => [seat.seat, sumOf([spent[seat.seat] ?? NOTHING_COUNTED, usedOf(seat)])]);
  return { ...spent, ...Object.fromEntries(now) };
}

/** Of all seats. */
export const allSpent = (spent: Spent): Counted => sumOf(Object.values(spent));
