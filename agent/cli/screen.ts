/** Where something is printed: how wide, and whether by colours too. */
export interface Screen {
  /** Undefined where nobody looks: nothing is wrapped. */
  columns: number | undefined;
  colours: boolean;
}

type Output = Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** @param environment `NO_COLOR` (no-color.org) and `TERM` */
export function screenOf(output: Output, environment: Readonly<Record<string, string | undefined>> = process.env): Screen {
  if (!output.isTTY) return { columns: undefined, colours: false };
  // 0 is what a terminal says that doesn't know.
  const columns = output.columns || DEFAULT_COLUMNS;
  return { columns, colours: !environment.NO_COLOR && environment.TERM !== "dumb" };
}

const DEFAULT_COLUMNS = 80;

export type Mood = "good" | "busy" | "bad" | "quiet";
const CODES: Record<Mood, number> = { good: 32, busy: 33, bad: 31, quiet: 2 };

export const painted = (text: string, mood: Mood | undefined, { colours }: Screen): string =>
  colours && mood !== undefined ? `\x1b[${CODES[mood]}m${text}\x1b[0m` : text;

/** Of a seat, a task or a change. */
export function moodOf(status: string): Mood | undefined {
  if (status === "ready" || status === "done") return "good";
  if (status === "error") return "bad";
  if (status === "off" || status === "stopped" || status === "hold" || status === "undone") return "quiet";
  return "busy";
}
