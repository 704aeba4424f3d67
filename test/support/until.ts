/** What takes longer on a busy machine is slow, what takes this long doesn't come: a time never decides a test before. */
export const PATIENCE_MS = 120_000;

/**
 * Waits for a condition instead of a time. Resolves with the first value that isn't false, null or undefined.
 * @throws when `PATIENCE_MS` pass without one; the message says what was waited for.
 */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`);
    await Bun.sleep(20);
  }
}
