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
  /** Since the start: how many gaps were at most `leMs`. The last bucket, with `leMs` null, has all above. */
  histogram: { leMs: number | null; count: number }[];
}

export function startLagProbe(): LagProbe {
  const counts = new Array<number>(BUCKETS.length + 1).fill(0);
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    const gap = Math.max(0, now - last - EVERY_MS);
    last = now;
    longest = Math.max(longest, gap);
    const bucket = BUCKETS.findIndex((end) => gap <= end);
    const index = bucket === -1 ? BUCKETS.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
  };
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  return {
    read: () => {
      const maxMs = Math.round(longest * 10) / 10;
      longest = 0;
      return { maxMs, histogram: counts.map((count, i) => ({ leMs: BUCKETS[i] ?? null, count })) };
    },
    stop: () => clearInterval(timer),
  };
}
