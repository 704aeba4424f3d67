import type { Resource } from "./resource.ts";
import { kindOf } from "./resources/kinds.ts";
import { machinesEndOf, machinesOf } from "./resources/machine-row.ts";

/** Nobody chose: after a day what holds the work goes all the same. */
const LIMIT_MS = 24 * 3_600_000;

/** Before its cloud removes a machine by itself: a choice made at the last moment is still carried out. */
const MARGIN_MS = 5 * 60_000;

/** What holds learners' work that is nowhere else yet. */
export const holdingWork = (rows: readonly Resource[]): Resource[] => rows.filter((row) => kindOf(row).holdsWork?.(row));

/** Until when the instructor may choose what becomes of work that can't be packed. @returns milliseconds since 1970 */
export function chooseUntil(stopAt: number, rows: readonly Resource[]): number {
  const goes = machinesEndOf(machinesOf(holdingWork(rows)));
  return Math.min(stopAt + LIMIT_MS, goes === undefined ? Number.POSITIVE_INFINITY : goes - MARGIN_MS);
}
