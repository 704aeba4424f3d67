import type { ChangeView } from "../contract/changes.ts";
import { plain, plainLine } from "./plain.ts";

/** What tasks say, as it comes: each view has only the last lines of each. */
export class TaskLogs {
  readonly #seen = new Map<string, readonly string[]>();
  #last: string | undefined;

  /** Those that no view before had, below the name of who says them. */
  newLines(change: ChangeView): string[] {
    return change.tasks.flatMap(({ id, summary, log }) => {
      const fresh = linesSince(this.#seen.get(id) ?? [], log);
      this.#seen.set(id, log);
      if (fresh.length === 0) return [];
      const name = this.#last === id ? [] : [`${plainLine(summary)}:`];
      this.#last = id;
      return [...name, ...fresh.flatMap((line) => plain(line).split("\n")).map((line) => `  ${line}`)];
    });
  }
}

/** The end of `now` behind what both have: `before` lost lines at its beginning meanwhile. */
export function linesSince(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let from = 0; from < before.length; from++) {
    const kept = before.slice(from);
    if (kept.length <= now.length && kept.every((line, i) => line === now[i])) return now.slice(kept.length);
  }
  return now;
}
