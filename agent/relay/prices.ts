import { models, webSearchUsd } from "./prices.json";
import type { Usage } from "./usage.ts";

const MILLION = 1_000_000;

interface Price {
  input: number;
  output: number;
  /** Kept for five minutes, and for an hour. */
  cacheWrite: number;
  cacheWriteHour: number;
  cacheRead: number;
  /** How many times as much an answer costs that is made faster; missing: nobody said. */
  fast?: number;
  /** Requests with longer prompts cost more. */
  long?: { above: number; times: number };
}

const prices = new Map<string, Price>(models.map(({ model, ...price }) => [model, price]));

/** What an answer cost by the price file, in US dollars; null for what isn't in it. A date behind a model's name is passed over. */
export function costOf(model: string, usage: Usage): number | null {
  const price = prices.get(model.replace(/-20\d{6}$/, ""));
  const faster = usage.fast ? price?.fast : 1;
  if (!price || !faster) return null;
  const prompt = usage.inputTokens + usage.cacheWriteTokens + usage.cacheReadTokens;
  const times = price.long && prompt > price.long.above ? price.long.times : 1;
  const tokens =
    usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    (usage.cacheWriteTokens - usage.cacheWriteHourTokens) * price.cacheWrite +
    usage.cacheWriteHourTokens * price.cacheWriteHour +
    usage.cacheReadTokens * price.cacheRead;
  return (tokens * times * faster) / MILLION + usage.webSearches * webSearchUsd;
}
