import { Problem } from "../contract/errors.ts";
import { once } from "../contract/once.ts";
import type { SeatHandle } from "../seats/seat.ts";

/**
 * Of one seat at a time. Answers go on after their handler returned, so that the route's own count doesn't see them: up to 10 MB an answer,
 * an open file and a piece of it a download. A save holds a temporary file and what has come of its body: 1 MiB of JSON, or one piece.
 */
const AT_ONCE = { answer: 16, download: 16, archive: 2, delete: 4, save: 8 } as const;

const taken = new Map<string, number>();

/** @returns gives it back; calling it twice does nothing  @throws Problem RATE_LIMITED when the seat has as many as it may */
export function takeSlot(seat: SeatHandle, kind: keyof typeof AT_ONCE): () => void {
  const key = `${seat.workspace}:${kind}`;
  const before = taken.get(key) ?? 0;
  if (before >= AT_ONCE[kind])
    throw new Problem("RATE_LIMITED", `This seat has ${before} ${kind}s running: try again when one is done.`, {
      retryAfterSeconds: 5,
    });
  taken.set(key, before + 1);
  return once(() => {
    const now = (taken.get(key) ?? 1) - 1;
    if (now > 0) taken.set(key, now);
    else taken.delete(key);
  });
}
