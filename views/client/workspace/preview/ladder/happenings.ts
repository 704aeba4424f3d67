import { attempt, excuse, giveUp, live, refusal } from "./moves.ts";
import { type Choice, isUnasked, type Ladder, type Offer } from "./state.ts";
import { BESIDE_MS } from "./time.ts";

/** Video that comes back must come for this long before it replaces pictures that one sees. */
const STEADY_MS = 1_000;

export type Happening =
  | { is: "tick" }
  /** The video was asked for; it was offered to this browser; this browser can't show it. */
  | { is: "asked" | "provided" | "unusable" }
  /** The machine has none now. */
  | { is: "refused"; words: string }
  | { is: "frame" }
  /** The pictures' viewer has one, or lost its line. */
  | { is: "picture"; there: boolean }
  /** The network or the computer came back, or another network came. */
  | { is: "hint" }
  | { is: "hidden"; hidden: boolean }
  | { is: "choose"; choice: Choice }
  | ({ is: "offer" } & Offer);

/** What that makes of the ladder; the time is looked at after it. */
export function take(ladder: Ladder, happening: Happening): Ladder {
  switch (happening.is) {
    case "tick":
      return ladder;
    case "asked":
    case "provided":
      return ask(ladder, happening.is === "provided");
    case "unusable":
      return ladder.neko.is === "off" ? ladder : giveUp(ladder, happening.is);
    case "refused":
      return ladder.neko.is === "off" ? ladder : giveUp({ ...ladder, words: happening.words }, happening.is);
    case "frame":
      return frame(ladder);
    case "picture":
      return { ...ladder, picture: happening.there };
    case "hint":
      return { ...ladder, hinted: ladder.neko.is === "off" || isUnasked(ladder) };
    case "hidden":
      return ladder.hidden === happening.hidden ? ladder : { ...excuse(ladder, ladder.now), hidden: happening.hidden };
    case "choose":
      return restart({ ...ladder, choice: happening.choice, tries: 0 });
    case "offer":
      return offer({ ...ladder, words: happening.words ?? ladder.words }, happening.offered);
  }
}

const offer = (ladder: Ladder, offered: boolean): Ladder =>
  offered === ladder.offered ? ladder : restart({ ...ladder, offered, tries: 0 });

/** From what may be used: video where it can be, pictures otherwise. */
function restart(ladder: Ladder): Ladder {
  const why = refusal(ladder);
  if (why) return giveUp({ ...ladder, hinted: false }, why);
  if (ladder.neko.is === "off") return attempt(ladder, { beside: true });
  return { ...ladder, why: undefined, neko: ladder.neko.is === "trying" ? { ...ladder.neko, unasked: false } : ladder.neko };
}

function ask(ladder: Ladder, provided: boolean): Ladder {
  const { neko, now } = ladder;
  if (neko.is !== "trying") return ladder;
  return { ...ladder, neko: { ...neko, asked: neko.asked ?? now, provided: neko.provided || provided } };
}

function frame(ladder: Ladder): Ladder {
  const { neko, now, picture, beside } = ladder;
  if (neko.is === "off") return ladder;
  if (neko.is === "live" && !(beside && picture)) return { ...ladder, neko: { ...neko, last: now }, beside: false };
  if (!picture) return live(ladder);
  const first = "first" in neko && neko.first !== undefined && now - (neko.last ?? 0) < BESIDE_MS ? neko.first : now;
  if (now - first >= STEADY_MS) return live(ladder);
  return { ...ladder, neko: { ...(neko.is === "live" ? lapsed(neko.last) : neko), first, last: now } };
}

/** It was there until `at`, and pictures are looked at meanwhile: to come back it must prove itself as a new one. */
const lapsed = (at: number) => ({ is: "trying", since: at, unasked: false, asked: at, provided: true }) as const;
