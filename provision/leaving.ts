/** Whoever leaves doesn't end work that others may wait for; what it still does is nobody's then. @throws the signal's reason */
export async function orLeft<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  work.catch(() => {});
  const { promise, reject } = Promise.withResolvers<never>();
  const left = () => reject(signal.reason);
  signal.addEventListener("abort", left, { once: true });
  if (signal.aborted) left();
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", left));
}
