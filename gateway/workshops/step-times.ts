/** The first start and the last end. */
export function timesOf(all: readonly { startedAt?: string; endedAt?: string }[]): { started?: string; ended?: string } {
  const started = all.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = all
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  return { ...(started && { started }), ...(ended && { ended }) };
}
