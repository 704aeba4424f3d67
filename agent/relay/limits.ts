import { type Cap, DEFAULT_SEAT_TOKENS, DEFAULT_SEAT_USD, type RelayWish } from "../contract/llm.ts";
import type { Refusal } from "./answers.ts";
import { type Counted, tokensOf } from "./counts.ts";

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

/** Why this seat may not ask now; undefined: it may. @param own what it used @param all what the machine's seats used, and how many they are */
export function refusalOf(
  wish: RelayWish,
  seat: number,
  own: Counted,
  all: { used: Counted; seats: number },
): Refusal | undefined {
  if (isPaused(wish, seat)) return PAUSED;
  if (isUsedUp(capOf(wish, seat), own, 1)) return SEAT_USED_UP;
  if (wish.machine && isUsedUp(wish.machine, all.used, all.seats)) return USED_UP;
  return undefined;
}

/** Of models whose price nobody knows, a cap in money bounds the tokens: the default of that many seats, if no tokens are given. */
function isUsedUp({ usd, tokens }: Cap, used: Counted, seats: number): boolean {
  if (tokens !== undefined && tokensOf(used) >= tokens) return true;
  if (usd === undefined) return false;
  return used.usd >= usd || (tokens === undefined && used.unpriced >= DEFAULT_SEAT_TOKENS * seats);
}

/** Undefined: the model may be used. A date behind its name is passed over. */
export function modelRefusal(wish: RelayWish, model: string): Refusal | undefined {
  if (!wish.models || wish.models.some((allowed) => model === allowed || withoutDate(model) === allowed)) return undefined;
  const allowed = wish.models.length === 0 ? "no model at all" : wish.models.join(", ");
  return { why: "model", message: `This class uses ${allowed}, not ${model.slice(0, 100)}. Choose with /model.` };
}

const withoutDate = (model: string): string => model.replace(/-20\d{6}$/, "");
