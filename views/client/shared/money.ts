import type { LlmCounts } from "../../../agent/contract/llm.ts";

/** `$1.24`; of less than a cent what can be said. Null: a model was used whose price isn't known. */
export function dollars(usd: number | null): string {
  if (usd === null) return "price unknown";
  return usd > 0 && usd < 0.01 ? "under $0.01" : `$${usd.toFixed(2)}`;
}

/** `840`, `48 k`, `1.2 M`. */
function shortCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${Math.round(count / 1000)} k`;
  return `${(count / 1_000_000).toFixed(1).replace(".0", "")} M`;
}

/** `212 requests, 1.2 M tokens` */
export function amounts({ requests, inputTokens, outputTokens, cacheWriteTokens, cacheReadTokens }: LlmCounts): string {
  const tokens = inputTokens + outputTokens + cacheWriteTokens + cacheReadTokens;
  return `${requests} ${requests === 1 ? "request" : "requests"}, ${shortCount(tokens)} tokens`;
}
