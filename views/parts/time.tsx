import { type Show, shown } from "../client/when.ts";

/** A moment in words, which the browser keeps right (views/client/times.ts). `at` and `now`: ISO 8601. */
export function Time({ at, now, show }: { at: string; now: string; show: Show }) {
  return (
    <time dateTime={at} data-show={show}>
      {shown(show, at, now)}
    </time>
  );
}
