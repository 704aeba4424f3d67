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
  /** Those that nobody wished. */
  readonly unaskedTries: number;
  /** Something changed since it was given up: it is worth a try. */
  readonly hinted: boolean;
}

/** What the machine has; `words` where it says why it has no live video, though it was asked for. */
export interface Offer {
  offered: boolean;
  words: string | undefined;
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
