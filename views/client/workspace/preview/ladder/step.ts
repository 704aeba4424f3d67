import { type Happening, take } from "./happenings.ts";
import { attempt, excuse, giveUp, refusal } from "./moves.ts";
import type { Choice, Ladder, Offer } from "./state.ts";
import { settle } from "./time.ts";

/** The clock stood still for so long: the computer slept. */
const SLEPT_MS = 10_000;

/** @param webrtc whether this browser has it */
export function begin(now: number, choice: Choice, { offered, words }: Offer, webrtc: boolean): Ladder {
  const ladder: Ladder = {
    ...{ now, choice, offered, words, webrtc, hidden: false, picture: false, beside: false },
    ...{ why: undefined, tries: 0, hinted: false, unaskedTries: 0 },
    neko: { is: "off", since: now },
  };
  const why = refusal(ladder);
  return why ? giveUp(ladder, why) : attempt(ladder, { beside: false });
}

/** @returns the ladder after `happening` at `now`, which never goes back */
export function step(before: Ladder, happening: Happening, now: number): Ladder {
  const slept = now - before.now >= SLEPT_MS;
  const ladder: Ladder = { ...(slept ? excuse(before, now) : before), now: Math.max(now, before.now) };
  return settle(slept ? take(take(ladder, { is: "hint" }), happening) : take(ladder, happening));
}
