import { type Cap, DEFAULT_SEAT_USD, type RelayWish } from "../contract/llm.ts";
import { type Counted, tokensOf, worthOf } from "../contract/llm-counts.ts";
import type { Refusal } from "./answers.ts";

export const PAUSED: Refusal = { why: "paused", message: "Claude is paused for now. Your instructor will let it go on." };
const USED_UP: Refusal = { why: "used-up", message: "Your class's budget is used up. Ask your instructor." };
const SEAT_USED_UP: Refusal = { why: "used-up", message: "Your seat's budget is used up. Ask your instructor." };

/** What one seat may use. Money and tokens both count when both are given. */
export function capOf(wish: RelayWish, seat: number): Cap {
  const { usd, tokens } = wish.seats?.find((one) => one.seat === seat) ?? {};
  if (usd !== undefined || tokens !== undefined) return asCap(usd, tokens);
  if (wish.seat?.usd !== undefined || wish.seat?.tokens !== undefined) return wish.seat;
  return { usd: DEFAULT_SEAT_USD };
}

const asCap = (usd: number | undefined, tokens: number | undefined): Cap => ({
  ...(usd !== undefined && { usd }),
  ...(tokens !== undefined && { tokens }),
});

export const isPaused = (wish: RelayWish, seat: number): boolean =>
  wish.paused === true || wish.seats?.find((one) => one.seat === seat)?.paused === true;

/** What a long answer of a mid-sized model costs. */
const ONE_ANSWER = { usd: 0.25, tokens: 250_000 };

/** What was used, and how many answers more are thought to come; below 0: so many answers may pass the cap. */
export interface Use {
  used: Counted;
  answers: number;
}

/** Why this seat may not ask now; undefined: it may. @param own the seat's @param all of the machine's seats */
export function refusalOf(wish: RelayWish, seat: number, own: Use, all: Use): Refusal | undefined {
  if (isPaused(wish, seat)) return PAUSED;
  if (isUsedUp(capOf(wish, seat), own)) return SEAT_USED_UP;
  if (wish.machine && isUsedUp(wish.machine, all)) return USED_UP;
  return undefined;
}

/** Of models whose price nobody knows, a cap in money bounds the tokens, if none are given. */
function isUsedUp({ usd, tokens }: Cap, { used, answers }: Use): boolean {
  if (tokens !== undefined && tokensOf(used) + answers * ONE_ANSWER.tokens >= tokens) return true;
  if (usd === undefined) return false;
  const worth = tokens === undefined ? worthOf(used) : used.usd;
  return worth + answers * ONE_ANSWER.usd >= usd;
}

/** Undefined: the model may be used. A date behind its name is passed over. */
export function modelRefusal(wish: RelayWish, model: string): Refusal | undefined {
  if (!wish.models || wish.models.some((allowed) => model === allowed || withoutDate(model) === allowed)) return undefined;
  const allowed = wish.models.length === 0 ? "no model at all" : wish.models.join(", ");
  return { why: "model", message: `This class uses ${allowed}, not ${model.slice(0, 100)}. Choose with /model.` };
}

const withoutDate = (model: string): string => model.replace(/-20\d{6}$/, "");
