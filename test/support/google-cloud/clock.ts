/** Time as the emulator has it: the computer's, and ahead of it by as much as a test says. Nothing happens but by this. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @param run gets the time it was due, so that what it plans in turn is counted from there */
  at(time: number, run: (time: number) => void): void;
  /** Lets everything happen that is due. */
  settle(): void;
  /** Time stands, so that a test sees what is between two events. `advance` moves it all the same. @returns lets it go on */
  hold(): () => void;
  /** A test's way into the future; what is due until then happens in order. */
  advance(ms: number): void;
}

export function startClock(): Clock {
  let ahead = 0;
  let held: number | undefined;
  let due: { time: number; run(time: number): void }[] = [];
  const now = () => (held ?? Date.now()) + ahead;
  const settle = () => {
    for (let next = due[0]; next && next.time <= now(); next = due[0]) {
      due = due.slice(1);
      next.run(next.time);
    }
  };
  return {
    now,
    settle,
    at: (time, run) => {
      const later = due.findIndex((each) => each.time > time);
      due.splice(later < 0 ? due.length : later, 0, { time, run });
    },
    hold: () => {
      const since = Date.now();
      held = since;
      return () => {
        ahead -= Date.now() - since;
        held = undefined;
      };
    },
    advance: (ms) => {
      ahead += ms;
      settle();
    },
  };
}
