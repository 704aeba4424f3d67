/** Part of an order is a few calls and one visit of theirs; what takes longer won't come. */
const ORDER_MS = 90_000;

/** Ends with the given one, or when part of an order took too long. */
export const withDeadline = (given: AbortSignal): AbortSignal => AbortSignal.any([given, AbortSignal.timeout(ORDER_MS)]);

/** For people. */
export function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "it gave no answer in time.";
  const said = error instanceof Error ? error.message : String(error);
  return `${said.slice(0, 500).replace(/\.?$/, ".")}`;
}
