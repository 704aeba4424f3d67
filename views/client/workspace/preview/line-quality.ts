/** How the seat's screen is asked for: pictures' quality and compression as RFB counts them (0 to 9), and its size as a share of the pane's. */
export interface Quality {
  quality: number;
  compression: number;
  share: number;
}

interface Rung extends Quality {
  /** Bytes of a whole picture, as a share of the first one's: estimated from lesson pages and motion, only so good that neighbours don't swap. */
  cost: number;
}

/** From the best down. The last ones have a smaller screen, too: a page of text costs nearly the same at any quality. */
export const QUALITIES: readonly [Rung, ...Rung[]] = [
  { quality: 6, compression: 2, share: 1, cost: 1 },
  { quality: 3, compression: 4, share: 1, cost: 0.7 },
  { quality: 0, compression: 6, share: 1, cost: 0.5 },
  { quality: 0, compression: 6, share: 0.8, cost: 0.33 },
  { quality: 0, compression: 6, share: 0.65, cost: 0.22 },
  { quality: 0, compression: 6, share: 0.5, cost: 0.14 },
];

/** One change of the picture, as it came in. All times in milliseconds. */
export interface Update {
  /** When its last byte came. */
  at: number;
  /** From its first byte to its last: 0 when it came at once. */
  took: number;
  /** That came in this time: all but the piece with the first one. */
  bytes: number;
  /** To the seat and back: 0 where that isn't known. */
  way: number;
}

/** What is known of the line. */
export interface Line {
  /** In `QUALITIES`: 0 is the best. */
  level: number;
  /** Since when it is so, or since it was last found to be the right one. */
  since: number;
  /** The longest that an update took since then. */
  longest: number;
  /** How many took too long since then. */
  late: number;
  /** The most bytes of an update that came quickly, since one was last late for another reason than the line. */
  proven: number;
  /** It was reached by trying a better one. */
  isTried: boolean;
  /** A better one is tried after this long. */
  patience: number;
}

/** Of the 300 that a picture may be behind: what changed while the one before came had to wait for that. */
export const LONGEST_MS = 150;
/** Also where the way alone takes longer than all that. */
const SHORTEST_MS = 75;

/** In so much less than what is allowed that it would come in time at the next better quality, too. */
const QUICK = 2;

/** Another size makes the seat's page anew, for everybody who sees it: that isn't done for one large picture. */
const LATE_BEFORE_SMALLER = 3;

/** What was on its way when the quality changed still comes as it was. */
const SETTLING_MS = 600;

/** A quality that is too good costs one late picture, so trying it gets rarer each time that it was; nobody waits longer than the last of these for a line that got good. */
const FIRST_PATIENCE_MS = 6_000;
const MOST_PATIENCE_MS = 60_000;

export const freshLine = (now: number): Line => ({
  ...{ level: 0, since: now, longest: 0, late: 0, proven: 0 },
  ...{ isTried: false, patience: FIRST_PATIENCE_MS },
});

/**
 * What is known after one more update. The same object when nothing of it changed. A line that was quick with more bytes a moment ago didn't make
 * this one late: it waited for a processor, here or at the seat, and such waits come every few seconds where one is busy. Twice in a row it was the line.
 */
export function learn(line: Line, update: Update): Line {
  const { took, bytes } = update;
  const allowed = allowedOn(update);
  if (took * QUICK <= allowed) return judge(bytes > line.proven ? { ...line, proven: bytes } : line, update, allowed);
  return bytes <= line.proven ? { ...line, proven: 0 } : judge(line, update, allowed);
}

function judge(line: Line, update: Update, allowed: number): Line {
  const { at, took } = update;
  const age = at - line.since;
  if (age < SETTLING_MS && line.level > 0) return line;
  const longest = Math.max(line.longest, took);
  const isOver = age >= line.patience;
  if (took > allowed) return worse(isOver ? startedAnew(line, at) : line, update, allowed);
  if (isOver) return mayRise(line.level, longest, allowed) ? better(line, at) : startedAnew(line, at);
  return longest === line.longest ? line : { ...line, longest };
}

/** On a far line a picture is older when its first byte comes. */
const allowedOn = ({ way }: Update): number => Math.max(SHORTEST_MS, LONGEST_MS - way / 2);

/** Where one that was tried has held so long, the next is tried as if none had been too good. */
const startedAnew = (line: Line, at: number): Line => ({
  ...line,
  ...{ since: at, longest: 0, late: 0 },
  ...{ isTried: false, patience: line.isTried ? FIRST_PATIENCE_MS : line.patience },
});

const better = (line: Line, at: number): Line => ({ ...startedAnew(line, at), level: line.level - 1, isTried: true });

/** As far down as this update would have needed; one that fell back at once goes to where it was, and waits twice as long before it rises again. */
function worse(line: Line, { at, took }: Update, allowed: number): Line {
  const isRelapse = line.isTried && at - line.since < line.patience;
  const level = Math.min(needed(line.level, took, allowed), isRelapse ? line.level + 1 : lowest(line));
  const late = line.late + 1;
  if (level === line.level) return { ...line, late, longest: Math.max(line.longest, took) };
  const patience = isRelapse ? Math.min(MOST_PATIENCE_MS, line.patience * 2) : FIRST_PATIENCE_MS;
  return { ...line, level, since: at, longest: 0, late: 0, isTried: false, patience };
}

/** The first level in which this update would have come in time. */
function needed(level: number, took: number, allowed: number): number {
  const now = QUALITIES[level]?.cost ?? 1;
  const fits = QUALITIES.findIndex(({ cost }, i) => i > level && (cost / now) * took <= allowed);
  return fits < 0 ? QUALITIES.length - 1 : fits;
}

/** The lowest level that may be gone to now: none with a smaller screen before it was late several times. */
function lowest({ level, late }: Line): number {
  const share = QUALITIES[level]?.share ?? 1;
  if (late + 1 >= LATE_BEFORE_SMALLER) return QUALITIES.length - 1;
  return QUALITIES.findLastIndex((one) => one.share === share);
}

/** Not where the longest update of late would have taken too long in the better one. */
function mayRise(level: number, longest: number, allowed: number): boolean {
  const [now, better] = [QUALITIES[level], QUALITIES[level - 1]];
  return now !== undefined && better !== undefined && (longest * better.cost) / now.cost <= allowed;
}
