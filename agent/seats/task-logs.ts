import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of one task's output its end is kept, at most this. */
const LOG_LIMIT = 10 * 1024 ** 2;
/** A full half is put aside in place of the last one: what is kept is always between one half and both. */
const HALF = LOG_LIMIT / 2;
const ASIDE = ".1";
/** Logs that are kept: a hook that fails all night is tried some hundred times, and nobody reads more than the last ones. */
const KEPT = 40;

/** All that a task's program said. */
export interface TaskLog {
  add(bytes: Uint8Array): void;
}

/** Whole outputs of tasks, a file each; what a page shows of one at once is the task's own few lines. */
export class TaskLogs {
  readonly #directory: string;

  /** @param directory the machine's */
  constructor(directory: string) {
    this.#directory = join(directory, "logs");
  }

  /** Begins anew: a task that runs again after a restart says everything again. @param task its number */
  begin(task: number): TaskLog {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#dropOld();
    const path = this.#pathOf(task);
    for (const old of [path, path + ASIDE]) rmSync(old, { force: true });
    let size = 0;
    return {
      add: (bytes) => {
        try {
          if (size + bytes.length > HALF && size > 0) {
            renameSync(path, path + ASIDE);
            size = 0;
          }
          appendFileSync(path, bytes, { mode: 0o600 });
          size += bytes.length;
        } catch {
          // A full disk is told of by what fails for want of it; a log is no reason to fail.
        }
      },
    };
  }

  /** Pieces of it in order, to be read one after the other; none when the task has no log. */
  piecesOf(task: number): string[] {
    const path = this.#pathOf(task);
    return [path + ASIDE, path].filter((piece) => statSync(piece, { throwIfNoEntry: false }));
  }

  #dropOld(): void {
    const names = readdirSync(this.#directory).filter((name) => !name.endsWith(ASIDE));
    const byAge = names.map(Number).sort((a, b) => a - b);
    for (const task of byAge.slice(0, -KEPT + 1)) {
      const path = this.#pathOf(task);
      for (const old of [path, path + ASIDE]) rmSync(old, { force: true });
    }
  }

  #pathOf(task: number): string {
    return join(this.#directory, String(task));
  }
}
