import { plainLine } from "./plain.ts";
import { moodOf, painted, type Screen } from "./screen.ts";

/** Between two columns. */
const GAP = "  ";
/** The last column goes on below itself; where less than this is left for it, the terminal breaks its lines. */
const LEAST_LAST = 20;

/**
 * Rows for people: aligned, and the last column wrapped to the terminal's width. A column called `status` has its colours; one with nothing
 * in it isn't shown.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], screen: Screen): string {
  const used = head.flatMap((_, i) => (rows.some((row) => row[i]) ? [i] : []));
  const [names, cells] = [used.map((i) => head[i] ?? ""), rows.map((row) => used.map((i) => plainLine(row[i] ?? "")))];
  const wide = names.map((name, i) =>
    Math.max(...[name, ...cells.map((row) => row[i] ?? "")].map((text) => Bun.stringWidth(text))),
  );
  const titles = names.map((name) => name.toUpperCase());
  const painter: Paint = (text, i, cell) => (names[i] === "status" ? painted(cell, moodOf(text), screen) : cell);
  return [painted(line(titles, wide, screen), "quiet", screen), ...cells.map((row) => line(row, wide, screen, painter))].join(
    "\n",
  );
}

/** @param text what is in the cell */
type Paint = (text: string, column: number, cell: string) => string;

function line(
  row: readonly string[],
  wide: readonly number[],
  { columns }: Screen,
  paint: Paint = (_, __, cell) => cell,
): string {
  const last = row.length - 1;
  const before = row.slice(0, last).map((text, i) => paint(text, i, padded(text, wide[i] ?? 0)) + GAP);
  const left = wide.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const [text = ""] = row.slice(last);
  return (before.join("") + paint(text, last, wrapped(text, left, columns))).trimEnd();
}

const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));

function wrapped(text: string, left: number, columns: number | undefined): string {
  const room = (columns ?? 0) - left;
  if (columns === undefined || room < LEAST_LAST) return text;
  return Bun.wrapAnsi(text, room, { hard: true }).replaceAll("\n", `\n${" ".repeat(left)}`);
}
