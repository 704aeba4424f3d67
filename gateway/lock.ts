import { Database } from "bun:sqlite";
import { join } from "node:path";
import { SettingProblem } from "./config.ts";

/** Kept reachable: a database that is collected lets go of its lock. */
const held = new Set<Database>();

/**
 * Makes this the only gateway of its data until the process ends, however it ends: two would start the same machines, and the first
 * that is ended takes the other's class along. The kernel lets go of SQLite's file lock with the process; children don't inherit it.
 * @throws SettingProblem when another gateway has it
 */
export function lockData(data: string): { release(): void } {
  const database = new Database(join(data, "gateway.lock"), { create: true });
  try {
    database.run("pragma locking_mode = exclusive");
    database.run("begin exclusive");
  } catch (cause) {
    database.close();
    throw new SettingProblem(
      `Another ClaraTeach works on "${data}" already: end that one, or set CLARATEACH_DATA to another directory.`,
      { cause },
    );
  }
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}
