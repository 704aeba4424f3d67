import { attempt, giveUp, refusal } from "./moves.ts";
import type { Ladder, Why } from "./state.ts";

/** Video that was asked for and isn't there after this long won't come: the learner gets pictures. */
export const GIVE_UP_MS = 8_000;

/** The seat's video may have to be started first; until it was asked for, this is how long. */
const START_MS = 30_000;

/** Without a frame for this long pictures are made ready beside it, so that they are there well before it is given up. */
export const BESIDE_MS = 3_000;

/** Video that was there for this long was good: what failed before is forgotten. */
const GOOD_MS = 60_000;

/** So often in a row video that stammers may come back, and video that didn't start is tried again though nothing changed. */
const MOST_TRIES = 5;

/** Between two tries, doubled by each that failed. */
const FIRST_GAP_MS = 10_000;
const LONGEST_GAP_MS = 300_000;

/**
 * The same where nothing changed that one could see: a firewall's rules may be back, but a try makes the machine draw video for nobody, and a
 * whole class does it.
 */
export const UNASKED_GAP_MS = 60_000;
const LONGEST_UNASKED_GAP_MS = 600_000;

/** What the time that went by asks for. */
export function settle(ladder: Ladder): Ladder {
  if (ladder.hidden) return ladder;
  const { neko, now } = ladder;
  if (neko.is === "off") return again(ladder);
  if (neko.is === "live") return settleLive(ladder, now - neko.last, now - neko.since >= GOOD_MS);
  const waited = now - (neko.last ?? neko.asked ?? neko.since);
  if (waited >= (neko.asked === undefined ? START_MS : GIVE_UP_MS))
    return giveUp(ladder, neko.provided ? "no-media" : "no-start");
  return { ...ladder, beside: ladder.beside || now - neko.since >= BESIDE_MS };
}

function settleLive(ladder: Ladder, quiet: number, good: boolean): Ladder {
  const known = good && quiet < BESIDE_MS ? { ...ladder, tries: 0, unaskedTries: 0 } : ladder;
  if (quiet < BESIDE_MS) return known;
  if (quiet >= GIVE_UP_MS) return giveUp(known, "stopped");
  // Pictures take over: that it comes back from here counts as a try, so that a stammering network can't change them for ever.
  if (!known.beside) return { ...known, beside: true, tries: known.tries + 1 };
  return known.picture && known.tries > MOST_TRIES ? giveUp(known, "unsteady") : known;
}

/** Tries once more, further and further apart: soon where it is wished or something changed, seldom otherwise. */
function again(ladder: Ladder): Ladder {
  const { neko, now, tries, unaskedTries, why } = ladder;
  const waited = now - neko.since;
  if (refusal(ladder)) return ladder;
  if (isWished(ladder))
    return waited < gap(FIRST_GAP_MS, tries, LONGEST_GAP_MS)
      ? ladder
      : attempt({ ...ladder, tries: tries + 1 }, { beside: true });
  if (!why || !PASSING.includes(why) || waited < gap(UNASKED_GAP_MS, unaskedTries, LONGEST_UNASKED_GAP_MS)) return ladder;
  return attempt({ ...ladder, unaskedTries: unaskedTries + 1 }, { beside: true, unasked: true });
}

const gap = (first: number, tries: number, longest: number): number => Math.min(first * 2 ** tries, longest);

function isWished({ choice, hinted, why, tries }: Ladder): boolean {
  return choice === "neko" || hinted || (why === "no-start" && tries < MOST_TRIES);
}

/** May be over without a sign of it. A browser that can't show the video can't later either. */
const PASSING: readonly Why[] = ["no-start", "no-media", "stopped", "unsteady"];
