/**
 * Which of two viewers shows the seat's screen. Pure: what happened goes in, with the page's own clock, and what is to run comes out.
 * All times are milliseconds of `performance.now()`.
 */
export type Kind = "neko" | "vnc";
export type Choice = "auto" | Kind;

/** Why it is pictures. */
export type Why =
  | "chosen"
  | "no-webrtc"
  | "not-offered"
  | "refused"
  | "no-start"
  | "unusable"
  | "no-media"
  | "stopped"
  | "unsteady";

/** Video that was asked for and isn't there after this long won't come: the learner gets pictures. */
export const GIVE_UP_MS = 8_000;

/** The seat's video may have to be started first; until it was asked for, this is how long. */
export const START_MS = 30_000;

/** Without a frame for this long pictures are made ready beside it, so that they are there well before it is given up. */
export const BESIDE_MS = 3_000;

/** Video that comes back must come for this long before it replaces pictures that one sees. */
export const STEADY_MS = 1_000;

/** Video that was there for this long was good: what failed before is forgotten. */
export const GOOD_MS = 60_000;

/** So often in a row video that stammers may come back, and video that didn't start is tried again though nothing changed. */
export const MOST_TRIES = 5;

/** Between two tries, doubled by each that failed. */
export const FIRST_GAP_MS = 10_000;
export const LONGEST_GAP_MS = 300_000;

/**
 * The same where nothing changed that one could see: a firewall's rules may be back, but a try makes the machine draw video for nobody, and a
 * whole class does it.
 */
export const UNASKED_GAP_MS = 60_000;
export const LONGEST_UNASKED_GAP_MS = 600_000;

/** The clock stood still for so long: the computer slept. */
const SLEPT_MS = 10_000;

type Neko = { is: "off"; since: number } | Trying | { is: "live"; since: number; last: number };

interface Trying {
  is: "trying";
  since: number;
  /** It is nobody's wish: what is said of the pictures stays as it is, and so do they unless it works. */
  unasked: boolean;
  asked?: number;
  provided: boolean;
  /** Frames while something else is looked at. */
  first?: number;
  last?: number;
}

export interface Ladder {
  readonly now: number;
  readonly choice: Choice;
  /** The seat has live video, and this browser could show it. */
  readonly offered: boolean;
  readonly webrtc: boolean;
  /** Nobody looks: nothing is measured. */
  readonly hidden: boolean;
  readonly neko: Neko;
  /** Pictures are wanted beside video that isn't given up. */
  readonly beside: boolean;
  /** There is one to look at. */
  readonly picture: boolean;
  readonly why: Why | undefined;
  /** The machine's own about why it has no live video for this seat: a sentence, the last one it said. */
  readonly words: string | undefined;
  /** Tries since it was last good. */
  readonly tries: number;
  /** Something changed since it was given up: it is worth a try. */
  readonly hinted: boolean;
  /** Tries that nobody wished since then. */
  readonly unaskedTries: number;
}

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

/** What the machine has; `words` where it says why it has no live video, though it was asked for. */
export interface Offer {
  offered: boolean;
  words: string | undefined;
}

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

/** What is to run, and which of it is looked at. The first of `run` is the one that stays. */
export function plan({ neko, beside, picture }: Ladder): { run: readonly Kind[]; show: Kind } {
  if (neko.is === "off") return { run: ["vnc"], show: "vnc" };
  if (!beside) return { run: ["neko"], show: "neko" };
  return { run: ["neko", "vnc"], show: picture ? "vnc" : "neko" };
}

/** Whether what is looked at has a picture of now. */
export function isShown(ladder: Ladder): boolean {
  if (plan(ladder).show === "vnc") return ladder.picture;
  return ladder.neko.is === "live" && !ladder.beside;
}

/** Whether it is tried without anybody's wish. */
export const isUnasked = ({ neko }: Ladder): boolean => neko.is === "trying" && neko.unasked;

function take(ladder: Ladder, happening: Happening): Ladder {
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

function refusal({ choice, offered, webrtc }: Ladder): Why | undefined {
  if (choice === "vnc") return "chosen";
  if (!offered) return "not-offered";
  return webrtc ? undefined : "no-webrtc";
}

/** @param beside pictures are there, or on their way, and stay until there is video */
function attempt(ladder: Ladder, { beside, unasked = false }: { beside: boolean; unasked?: boolean }): Ladder {
  return { ...ladder, neko: { is: "trying", since: ladder.now, unasked, provided: false }, beside, hinted: false };
}

function giveUp(ladder: Ladder, why: Why): Ladder {
  return { ...ladder, neko: { is: "off", since: ladder.now }, beside: false, why };
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

const live = (ladder: Ladder): Ladder => ({
  ...ladder,
  ...{ neko: { is: "live", since: ladder.now, last: ladder.now }, beside: false, picture: false, why: undefined },
  hinted: false,
});

/** It was there until `at`, and pictures are looked at meanwhile: to come back it must prove itself as a new one. */
const lapsed = (at: number) => ({ is: "trying", since: at, unasked: false, asked: at, provided: true }) as const;

/** What the time that went by asks for. */
function settle(ladder: Ladder): Ladder {
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

/** Time in which nothing could be seen is nobody's fault. */
function excuse(ladder: Ladder, now: number): Ladder {
  const { neko } = ladder;
  if (neko.is === "off") return ladder;
  if (neko.is === "live") return { ...ladder, neko: { ...neko, last: now } };
  const { first: _, last: __, ...rest } = neko;
  return { ...ladder, neko: { ...rest, since: now, ...(neko.asked === undefined ? {} : { asked: now }) } };
}
