import { type Show, shown } from "../client/shared/when.ts";

/** A moment in words, which the browser keeps right (views/client/shared/times.ts). `at` and `now`: ISO 8601. */
export function Time({ at, now, show }: { at: string; now: string; show: Show }) {
  return (
    <time dateTime={at} data-show={show}>
      {shown(show, at, now)}
    </time>
  );
}
