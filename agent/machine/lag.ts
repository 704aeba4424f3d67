import { openSync, readSync } from "node:fs";

/** A gap is what comes on top of this; each wake-up costs some 20 µs, 0.1 % of a core. */
const EVERY_MS = 20;

/** In seconds. */
export interface Lag {
  /** The longest gap. */
  gap: number;
  /** The longest time that the loop's own thread ran in one: what the agent itself held, however busy the machine is otherwise. */
  hold: number;
}

/**
 * Always on: how long the event loop was held, so that nobody has to wonder whether a learner held it.
 * @param observe told every gap, in seconds
 * @returns reads the longest since the last reading, which starts the next interval
 */
export function startLagProbe(observe: (seconds: number) => void): () => Lag {
  const ran = runningClock();
  let longest: Lag = { gap: 0, hold: 0 };
  let last = performance.now();
  let lastRan = ran();
  const look = () => {
    const [now, nowRan] = [performance.now(), ran()];
    const gap = Math.max(0, now - last - EVERY_MS) / 1000;
    const hold = Math.min(gap, (nowRan - lastRan) / 1000);
    longest = { gap: Math.max(longest.gap, gap), hold: Math.max(longest.hold, hold) };
    [last, lastRan] = [now, nowRan];
    observe(gap);
  };
  setInterval(look, EVERY_MS).unref();
  return () => {
    const read = longest;
    longest = { gap: 0, hold: 0 };
    return read;
  };
}

/**
 * Milliseconds for which this thread had a processor, since it began: the first number of `schedstat`. 3 µs a reading. On a kernel that
 * doesn't count them time itself, so that a hold is a gap.
 */
function runningClock(): () => number {
  const text = Buffer.alloc(64);
  try {
    const fd = openSync("/proc/thread-self/schedstat", "r");
    return () => Number(text.toString("latin1", 0, readSync(fd, text, 0, text.length, 0)).split(" ")[0]) / 1e6;
  } catch {
    return () => performance.now();
  }
}
