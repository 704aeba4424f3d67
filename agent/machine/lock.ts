import { Database } from "bun:sqlite";
import { join } from "node:path";

/**
 * Makes this the only agent of its directory until the process ends, however it ends: the kernel lets go of SQLite's file lock with the
 * process, and children don't inherit it.
 * @throws when another agent has it.
 */
export function lockMachine(dir: string): { release(): void } {
  const database = new Database(join(dir, "agent.lock"), { create: true });
  try {
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new Error(`another agent serves "${dir}": stop it first, or use another machine's directory`, { cause });
  }
  return { release: () => database.close() };
}
