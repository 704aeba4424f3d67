/** Moments as people and scripts write them, and as sentences say them. */

/** ISO 8601 with its zone, to the minute at least: without a zone it would be another moment on every computer. */
const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** What a form's field for date and time sends, on the clock of the person who typed it. */
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;

/** @returns milliseconds since 1970; undefined for what is no moment, 30 February among them */
export function momentOf(text: string): number | undefined {
  const [, year, month, day] = MOMENT.exec(text) ?? [];
  const at = Date.parse(text);
  return isDay(Number(year), Number(month), Number(day)) && !Number.isNaN(at) ? at : undefined;
}

/**
 * @param text `2026-11-29T14:00`, on a clock of `zone`
 * @returns milliseconds since 1970. An hour that the clocks jump over is taken as the one after it, one they have twice as the first.
 */
export function momentIn(text: string, zone: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (LOCAL.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // The offset before a change and the one after it: the earlier moment that shows this time is the one.
  const moments = [wall - DAY_MS, wall + DAY_MS].map((near) => wall - offsetAt(near, zone));
  const shown = moments.filter((at) => at + offsetAt(at, zone) === wall);
  return shown.length > 0 ? Math.min(...shown) : moments[0];
}

/** What a form's field shows: `2026-11-29T14:00` on a clock of `zone`. */
export const localIn = (at: number, zone: string): string => new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16);

/** As records and the API have it. */
export const isoOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** Whether it is a zone that this computer knows, as `Europe/Berlin`. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

/** `Sunday 29 November at 14:00` on a clock of `zone`; in UTC that is said. */
export function sayMoment(at: number, zone = "UTC"): string {
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: zone }).format(at);
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone }).format(
    at,
  );
  return `${day.replace(",", "")} at ${clock}${zone === "UTC" ? " UTC" : ""}`;
}

const DAY_MS = 86_400_000;

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Of the zone's clocks before UTC, in milliseconds, to the second. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return wall - Math.floor(at / 1000) * 1000;
}
