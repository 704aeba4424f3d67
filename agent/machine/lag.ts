import { openSync, readSync } from "node:fs";

/** A gap is what comes on top of this; each wake-up costs some 20 µs, 0.1 % of a core. */
const EVERY_MS = 20;

/** Upper ends of the histogram's buckets, in milliseconds; one more holds the rest. */
const BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Always on: how long the event loop was held, so that nobody has to wonder whether a learner held it. */
export interface LagProbe {
  /** What came since the last reading; reading starts the next interval. */
  read(): Lag;
  stop(): void;
}

export interface Lag {
  /** The longest gap since the last reading, in milliseconds. */
  maxMs: number;
  /** The same without the time in which the agent could have run and another program did: what the agent itself held. */
  heldMs: number;
  /** Since the start: how many gaps were at most `leMs`. The last bucket, with `leMs` null, has all above. */
  histogram: { leMs: number | null; count: number }[];
}

export function startLagProbe(): LagProbe {
  const counts = new Array<number>(BUCKETS.length + 1).fill(0);
  const starved = starvationClock();
  const longest = { gap: 0, held: 0 };
  let last = performance.now();
  let lastStarved = starved();
  const look = () => {
    const [now, nowStarved] = [performance.now(), starved()];
    const gap = Math.max(0, now - last - EVERY_MS);
    longest.gap = Math.max(longest.gap, gap);
    longest.held = Math.max(longest.held, gap - (nowStarved - lastStarved));
    [last, lastStarved] = [now, nowStarved];
    const bucket = BUCKETS.findIndex((end) => gap <= end);
    const index = bucket === -1 ? BUCKETS.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
  };
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  return {
    read: () => {
      const [maxMs, heldMs] = [tenths(longest.gap), tenths(longest.held)];
      [longest.gap, longest.held] = [0, 0];
      return { maxMs, heldMs, histogram: counts.map((count, i) => ({ leMs: BUCKETS[i] ?? null, count })) };
    },
    stop: () => clearInterval(timer),
  };
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

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
