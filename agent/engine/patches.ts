import type { Database } from "bun:sqlite";

/** Upgrades of saved state, in order: append only, never edit one that was released. The file's level is how many it has had. */
const PATCHES: readonly ((db: Database) => void)[] = [
  (db) => {
    db.run("create table changes (id integer primary key, body text not null)");
    db.run("create table tasks (id integer primary key, body text not null)");
    db.run("create table facts (key text primary key, value text not null)");
    db.run("create table last (id integer not null)");
    db.run("insert into last values (0)");
  },
];

export const LEVEL = PATCHES.length;

/** @throws when the state is of a newer release: an older one would misread it */
export function bringUpToDate(db: Database, path: string): void {
  const level = db.query<{ user_version: number }, []>("pragma user_version").get()?.user_version ?? 0;
  if (level > LEVEL) {
    db.close();
    throw new Error(
      `cannot use state "${path}": it is of level ${level} and this release knows ${LEVEL}; start the newer release`,
    );
  }
  PATCHES.slice(level).forEach((patch, i) => {
    db.transaction(() => {
      patch(db);
      db.run(`pragma user_version = ${level + i + 1}`);
    })();
  });
}
