const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How a `<time>` shows its moment; the browser shows it again in the reader's own time zone. */
export type Show = keyof typeof SHOWN;

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false });
const secondsFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

const SHOWN = {
  /** 14:33 */
  clock: (at: number) => clockFormat.format(at),
  /** 14:31:07 */
  seconds: (at: number) => secondsFormat.format(at),
  /** Sunday 22 November */
  day: (at: number) => dayFormat.format(at).replace(",", ""),
  /** Sunday 22 November at 16:21:19 */
  moment: (at: number) => `${SHOWN.day(at)} at ${SHOWN.seconds(at)}`,
  /** Sunday 22 November at 16:21 */
  dayClock: (at: number) => `${SHOWN.day(at)} at ${SHOWN.clock(at)}`,
  /** 16:21, or with the day where that isn't today */
  when: (at: number, now: number) => (sameDay(at, now) ? SHOWN.clock(at) : SHOWN.dayClock(at)),
  /** at 16:21, or on Sunday 22 November at 16:21 where that isn't today */
  atWhen: (at: number, now: number) => `${sameDay(at, now) ? "at" : "on"} ${SHOWN.when(at, now)}`,
  /** 2 min ago */
  ago: (at: number, now: number) => ago(now - at),
  /** 1 h 42 min */
  left: (at: number, now: number) => span(Math.max(0, at - now)),
  /** 3 s */
  since: (at: number, now: number) => duration(Math.max(0, now - at)),
};

/** The words of a moment. `at` and `now` are ISO 8601. */
export function shown(show: Show, at: string, now: string): string {
  const moment = Date.parse(at);
  return Number.isNaN(moment) ? at : SHOWN[show](moment, Date.parse(now));
}

/** Those that change while one looks. */
export const ticks = (show: string | undefined): boolean => show === "ago" || show === "left" || show === "since";

export const isShow = (word: string | undefined): word is Show => word !== undefined && Object.hasOwn(SHOWN, word);

/** In hours and minutes: `1 h 42 min`, `42 min`, `less than a minute`. */
export function span(milliseconds: number): string {
  if (milliseconds < MINUTE) return "less than a minute";
  const hours = Math.floor(milliseconds / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  return [hours ? `${hours} h` : "", minutes ? `${minutes} min` : ""].filter(Boolean).join(" ");
}

/** Of a task: `0.1 s`, `12 s`, `1 min 4 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / 1000)} s`;
  return `${Math.floor(milliseconds / MINUTE)} min ${Math.floor((milliseconds % MINUTE) / 1000)} s`;
}

/** How much of a wait is over by its usual length, in percent: never all of it, for it isn't over. */
export const partOf = (usual: number, elapsed: number): number =>
  Math.min(95, Math.max(0, Math.round((100 * elapsed) / Math.max(1, usual))));

function ago(milliseconds: number): string {
  if (milliseconds < MINUTE) return "just now";
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min ago`;
  if (milliseconds < 24 * HOUR) return `${Math.floor(milliseconds / HOUR)} h ago`;
  const days = Math.floor(milliseconds / (24 * HOUR));
  return days === 1 ? "a day ago" : `${days} days ago`;
}

const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();
