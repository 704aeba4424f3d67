/**
 * Frames of one seat that are heard between two turns of the loop. A page sends a handful, a pasted megabyte is 64; but one read of the
 * network may hold 50,000 of the smallest, and each costs a write to the terminal: half a second in which no other seat is answered.
 */
export const FRAMES_AT_ONCE = 2048;

/** How much of a turn of the loop each seat has had, over all its sockets. */
export interface Pace {
  /** False: this seat has had its share of the turn. */
  mayBeHeard(seat: number): boolean;
}

export function openPace(): Pace {
  const heard = new Map<number, number>();
  return {
    mayBeHeard(seat) {
      if (heard.size === 0) setImmediate(() => heard.clear());
      const count = (heard.get(seat) ?? 0) + 1;
      heard.set(seat, count);
      return count <= FRAMES_AT_ONCE;
    },
  };
}
