import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { MIGRATIONS } from "./migrations.ts";
import type { Db, Tables } from "./schema.ts";

/** Another process may hold the write lock this long before a write gives up. */
const BUSY_MS = 5000;

/**
 * The gateway's database, with every migration applied.
 * @param data the data directory, or ":memory:"
 */
export async function openDb(data: string): Promise<Db> {
  const path = data === ":memory:" ? data : join(data, "gateway.sqlite");
  const sqlite = new Database(path, { create: true, strict: true });
  if (path !== ":memory:") chmodSync(path, 0o600);
  sqlite.run("pragma journal_mode = wal");
  // A power cut may lose the last seconds of joins, never the file: processes that are killed lose nothing.
  sqlite.run("pragma synchronous = normal");
  sqlite.run("pragma foreign_keys = on");
  sqlite.run(`pragma busy_timeout = ${BUSY_MS}`);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: preparedOnce(sqlite) }) });
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } }).migrateToLatest();
  if (error) throw new Error(`cannot bring the database "${path}" up to date`, { cause: error });
  return db;
}

/** Kysely prepares each statement anew; `query` keeps prepared ones by their text. */
function preparedOnce(sqlite: Database): SqliteDatabase {
  return { prepare: (sql) => sqlite.query(sql) as never, close: () => sqlite.close() };
}
