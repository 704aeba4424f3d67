import { Time } from "./time.tsx";

/** As it stands in what others say: `2026-12-01T14:05:00Z`. */
const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/;

/** Words that were written by programs: instants in them are shown in the reader's time. `now`: ISO 8601 */
export function Sentence({ words, now }: { words: string; now: string }) {
  const parts = words.split(INSTANT);
  return <>{parts.map((part) => (INSTANT.test(part) ? <Time at={part} now={now} show="when" key={part} /> : part))}</>;
}
