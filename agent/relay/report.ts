import type { LlmOwn, LlmReport, LlmSeat, RelayWish } from "../contract/llm.ts";
import { shown } from "../contract/llm-counts.ts";
import type { Counts } from "./counts.ts";
import type { Health } from "./health.ts";
import { capOf, isPaused } from "./limits.ts";

export interface Reported {
  wish: RelayWish;
  seats: readonly { seat: number }[];
  counts: Counts;
  health: Health;
  hasKey: boolean;
}

/** What the gateway and the instructor see. */
export function reportOf({ wish, seats, counts, health, hasKey }: Reported): LlmReport {
  const of = ({ seat }: { seat: number }): LlmSeat => ({
    seat,
    ...ownOf(wish, seat, counts),
    models: counts.of(seat).map(({ model, ...counted }) => ({ model, ...shown(counted) })),
  });
  const all = seats.map(of);
  if (!hasKey) return { state: "no-key", seats: all };
  const trouble = health.current();
  if (trouble) return { ...trouble, seats: all };
  return { state: wish.paused ? "paused" : "ok", seats: all };
}

export function ownOf(wish: RelayWish, seat: number, counts: Counts): LlmOwn {
  const { usd } = capOf(wish, seat);
  return { paused: isPaused(wish, seat), ...(usd !== undefined && { limitUsd: usd }), ...shown(counts.total(seat)) };
}
