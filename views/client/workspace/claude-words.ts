import type { LlmOwn } from "../../../agent/contract/llm.ts";
import { amounts, dollars } from "../shared/money.ts";

/** `bare`: where there is no room for the word. */
export function wordsOf(own: LlmOwn): { short: string; bare: string; whole: string } {
  const limit = own.limitUsd === undefined ? "" : ` of ${dollars(own.limitUsd)}`;
  const bare = own.usd === null ? amounts(own) : `${dollars(own.usd)}${limit}`;
  const whole = `This seat used ${own.usd === null ? bare : `${bare}: ${amounts(own)}`}.`;
  if (own.paused) return { short: "Claude paused", bare: "Claude paused", whole: `Claude is paused. ${whole}` };
  return { short: `Claude ${bare}`, bare, whole };
}
