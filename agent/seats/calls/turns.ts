/** What waits for its turn, by seat; a seat for which nothing waits isn't in it. */
const waiting = new Map<number, (() => void)[]>();

/**
 * Runs it in a turn of the loop in which nothing else of this seat's calls is run. A learner's servers may say in few bytes what takes long to
 * read, on many connections at once: the other seats are answered in between.
 */
export function inTurn(seat: number, run: () => void): void {
  const before = waiting.get(seat);
  if (before) return void before.push(run);
  waiting.set(seat, [run]);
  setImmediate(next, seat);
}

function next(seat: number): void {
  const [run, ...rest] = waiting.get(seat) ?? [];
  if (rest.length === 0) waiting.delete(seat);
  else {
    waiting.set(seat, rest);
    setImmediate(next, seat);
  }
  run?.();
}
