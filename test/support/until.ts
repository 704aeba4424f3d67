/**
 * Waits for a condition instead of a time. Resolves with the first value that isn't false, null or undefined.
 * @throws when `seconds` pass without one; the message says what was waited for.
 */
export async function until<T>(what: string, look: () => T | Promise<T>, seconds = 10): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await Bun.sleep(20);
  }
}
