import type { PlacedProblem } from "../contract/errors.ts";

/**
 * What was read, or else everything that is wrong with it, in the file's order: what is there, and what to write instead. Columns are
 * UTF-16 units; a path is the file's as it lies beside the others (`workshop.yaml`, `project-notes/sdk.yaml`).
 */
export type Read<T> = { value: T; problems?: undefined } | { problems: PlacedProblem[] };

/** More than anybody mends in one go; a file of 256 KiB could have one in each byte. */
export const MOST_PROBLEMS = 100;

/** Of what was written, in a sentence. */
const SHOWN = 40;

/** Collects all that is wrong with one file. */
export class Problems {
  private readonly found: { at: number; message: string }[] = [];
  private readonly lineStarts: number[];

  constructor(
    private readonly path: string,
    text: string,
  ) {
    this.lineStarts = [0, ...text.matchAll(/\n/g).map(({ index }) => index + 1)];
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  /** @param at offset in the text */
  add(at: number, message: string): undefined {
    this.found.push({ at, message });
  }

  /** @returns the value when nothing was found, so that nobody goes on with half of one */
  read<T>(value: T | undefined): Read<T> {
    return this.found.length > 0 || value === undefined ? { problems: this.list() } : { value };
  }

  lineOf(at: number): number {
    let [low, high] = [0, this.lineStarts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.lineStarts[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private list(): PlacedProblem[] {
    const inOrder = this.found.toSorted((a, b) => a.at - b.at);
    const more = inOrder.length - MOST_PROBLEMS;
    const last = inOrder[MOST_PROBLEMS];
    const shown = inOrder.slice(0, MOST_PROBLEMS);
    if (last) shown.push({ at: last.at, message: `There are ${more} more problems from here on.` });
    return shown.map(({ at, message }) => {
      const line = this.lineOf(at);
      return { path: this.path, line, column: at - (this.lineStarts[line - 1] ?? 0) + 1, message };
    });
  }
}

/** What was written, short enough for a sentence. */
export function quoted(text: string, shown = SHOWN): string {
  const clean = text
    .slice(0, 4 * shown)
    .toWellFormed()
    .replace(/\p{C}+/gu, "\u{fffd}");
  const signs = [...clean];
  return `“${signs.length > shown ? `${signs.slice(0, shown).join("")}…` : clean}”`;
}
