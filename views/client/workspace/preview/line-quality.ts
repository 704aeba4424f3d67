/** How the seat's screen is asked for: pictures' quality and compression as RFB counts them (0 to 9), and its size as a share of the pane's. */
export interface Quality {
  quality: number;
  compression: number;
  share: number;
}

interface Rung extends Quality {
  /** Bytes of a whole picture, as a share of the first one's; measured of lesson pages and of motion. */
  cost: number;
}

/** From the best down. */
export const QUALITIES: readonly [Rung, ...Rung[]] = [
  { quality: 6, compression: 2, share: 1, cost: 1 },
  { quality: 4, compression: 3, share: 1, cost: 0.65 },
  { quality: 2, compression: 4, share: 1, cost: 0.45 },
  { quality: 1, compression: 6, share: 0.8, cost: 0.28 },
  { quality: 0, compression: 6, share: 0.65, cost: 0.16 },
];

/** One change of the picture, as it came in. All times in milliseconds. */
export interface Update {
  /** When its last byte came. */
  at: number;
  /** From its first byte to its last: 0 when it came at once. */
  took: number;
}

/** What is known of the line. */
export interface Line {
  /** In `QUALITIES`: 0 is the best. */
  level: number;
  /** Since when it is so. */
  since: number;
  /** The longest that an update took since then. */
  longest: number;
  /** It was reached by trying a better one. */
  isTried: boolean;
  /** A better one is tried after this long. */
  patience: number;
}

/** Of the 300 that a picture may be behind: the way to the seat and back has to fit in too. */
export const LONGEST_MS = 200;

/** What was on its way when the quality changed still comes as it was. */
const SETTLING_MS = 600;

/** A quality that is too good costs one late picture, so trying it gets rarer each time that it was. */
const FIRST_PATIENCE_MS = 6_000;
const MOST_PATIENCE_MS = 180_000;

export const freshLine = (now: number): Line => ({
  ...{ level: 0, since: now, longest: 0 },
  ...{ isTried: false, patience: FIRST_PATIENCE_MS },
});

/** What is known after one more update. The same object when nothing of it changed. */
export function learn(line: Line, { at, took }: Update): Line {
  const age = at - line.since;
  if (age < SETTLING_MS && line.level > 0) return line;
  const longest = Math.max(line.longest, took);
  if (took > LONGEST_MS) return worse(line, at, took);
  if (age >= line.patience && mayRise(line.level, longest))
    return { ...line, level: line.level - 1, since: at, longest: 0, isTried: true };
  return longest === line.longest ? line : { ...line, longest };
}

/** As far down as this update would have needed; one that fell back at once waits twice as long before it rises again. */
function worse(line: Line, at: number, took: number): Line {
  const last = QUALITIES.length - 1;
  if (line.level === last) return { ...line, since: at, longest: 0 };
  const costs = QUALITIES.map(({ cost }) => cost / (QUALITIES[line.level]?.cost ?? 1));
  const fits = costs.findIndex((cost, level) => level > line.level && cost * took <= LONGEST_MS);
  const isRelapse = line.isTried && at - line.since < line.patience;
  const patience = isRelapse ? Math.min(MOST_PATIENCE_MS, line.patience * 2) : FIRST_PATIENCE_MS;
  return { level: fits < 0 ? last : fits, since: at, longest: 0, isTried: false, patience };
}

/** Not where the longest update of late would have taken too long in the better one. */
function mayRise(level: number, longest: number): boolean {
  const [now, better] = [QUALITIES[level], QUALITIES[level - 1]];
  return now !== undefined && better !== undefined && (longest * better.cost) / now.cost <= LONGEST_MS;
}
