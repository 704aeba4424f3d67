import type { Whole } from "./record.ts";
import { machinesOf } from "./resources/machine-row.ts";

/** Seats that were ready once and in which nobody can work just now: stopped, broken, or something is done with them. They aren't offered. */
export function awaySeats({ seats, rows }: Pick<Whole, "seats" | "rows">): Set<number> {
  const reported = machinesOf(rows).flatMap(({ detail }) => detail.report?.seats ?? []);
  const away = reported.filter(({ seat, status, generation }) => {
    return status !== "ready" && seats.some((row) => row.seat === seat && row.ready === 1 && row.generation === generation);
  });
  return new Set(away.map(({ seat }) => seat));
}
