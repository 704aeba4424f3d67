/**
 * The first value that isn't undefined, looked for every `everyMs`; for what tells nobody when it is there.
 * @throws what `problem` makes, when `signal` aborts
 */
export async function poll<T>(
  look: () => T | undefined | Promise<T | undefined>,
  everyMs: number,
  signal: AbortSignal,
  problem: () => Error,
): Promise<T> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (signal.aborted) throw problem();
    await Bun.sleep(everyMs);
  }
}
