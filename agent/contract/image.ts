/** What the seats of a machine are made from. */
export interface SeatImage {
  /** `clarateach/base:1` */
  name: string;
  /** When its packages were fetched; ISO 8601, UTC. What was mended later isn't in it. */
  madeAt: string;
}

/** Holes of a browser that are attacked are mended about every other week. */
export const OLD_AFTER_DAYS = 14;

/** Whole days between two moments. */
export const daysOld = (madeAt: string, now: number): number => Math.floor((now - Date.parse(madeAt)) / 86_400_000);
