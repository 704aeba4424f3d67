/** In the reader's own time: `2026-11-29 13:05:46`. */
export const local = (time: string): string => new Date(time).toLocaleString("sv-SE");

/** `0.2 s`, `14 s`. */
export function lasted(from: string, to: string): string {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
