import { openSync, readSync } from "node:fs";

/** A gap is what comes on top of this; each wake-up costs some 20 µs, 0.1 % of a core. */
const EVERY_MS = 20;

/** In seconds. */
export interface Lag {
  /** The longest gap. */
  gap: number;
  /** The same without the time in which the agent could have run and another program did: what the agent itself held. */
  hold: number;
}

/**
 * Always on: how long the event loop was held, so that nobody has to wonder whether a learner held it.
 * @param observe told every gap, in seconds
 * @returns reads the longest since the last reading, which starts the next interval
 */
export function startLagProbe(observe: (seconds: number) => void): () => Lag {
  const starved = starvationClock();
  let longest: Lag = { gap: 0, hold: 0 };
  let last = performance.now();
  let lastStarved = starved();
  const look = () => {
    const [now, nowStarved] = [performance.now(), starved()];
    const gap = Math.max(0, now - last - EVERY_MS) / 1000;
    const hold = gap - (nowStarved - lastStarved) / 1000;
    longest = { gap: Math.max(longest.gap, gap), hold: Math.max(longest.hold, hold) };
    [last, lastStarved] = [now, nowStarved];
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
 * Milliseconds that this thread was ready to run and had no processor, since it began: the second number of `schedstat`. 3 µs a reading.
 * Always 0 on a kernel that doesn't count them.
 */
function starvationClock(): () => number {
  const text = Buffer.alloc(64);
  try {
    const fd = openSync("/proc/thread-self/schedstat", "r");
    return () => Number(text.toString("latin1", 0, readSync(fd, text, 0, text.length, 0)).split(" ")[1]) / 1e6;
  } catch {
    return () => 0;
  }
}
