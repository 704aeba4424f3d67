/** Shows again what a run showed that failed. The gate chooses one for all its files, and prints it; a file that runs by itself prints its own. */
const SEED = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
if (!process.env.TEST_SEED) console.log(`TEST_SEED=${SEED}`);

/** So many of them, in their own order: by the seed, or all by `--full`. */
export function sampled<T>(all: readonly T[], most: number): readonly T[] {
  const chosen = new Set(shuffled(all.map((_, i) => i)).slice(0, most));
  return process.env.TEST_FULL ? all : all.filter((_, i) => chosen.has(i));
}

/** All in an order that the seed chose (mulberry32, Fisher-Yates). */
export function shuffled<T>(all: readonly T[], seed = SEED): T[] {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const left = [...all];
  return all.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}
