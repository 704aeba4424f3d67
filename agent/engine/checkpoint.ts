import { Database } from "bun:sqlite";
import type { Change, Mode } from "./change.ts";
import type { Json } from "./memory.ts";
import { bringUpToDate } from "./patches.ts";
import type { Progress, Status, Task } from "./task.ts";

/** What one step changed; undefined: removed. */
export interface Saved {
  changes: Map<number, Change | undefined>;
  tasks: Map<number, Task | undefined>;
  facts: Map<string, Json | undefined>;
  /** The highest number ever given to a change or task: none is given twice. */
  lastId: number;
}

export interface Checkpoint {
  load(): Omit<Saved, "changes" | "tasks"> & { changes: Map<number, Change>; tasks: Map<number, Task> };
  save(saved: Saved): void;
  close(): void;
}

/** A change and a task on disk: what a later release must still be able to read. New fields are optional, others need a patch. */
interface SavedChange {
  kind: string;
  summary: string;
  tasks: number[];
  startedAt: number;
  endedAt?: number;
  mode?: Mode;
  resumed?: true;
}
interface SavedTask {
  change: number;
  kind: string;
  summary: string;
  data: Json;
  after: number[];
  lanes: number[];
  status: Status;
  log: string[];
  progress?: Progress;
  error?: string;
  startedAt?: number;
  endedAt?: number;
  notBefore?: number;
}

/** A commit is on the disk when it returns: a machine that loses power goes on at the last step. */
export function openCheckpoint(path: string): Checkpoint {
  const db = new Database(path, { create: true, strict: true });
  db.run("pragma journal_mode = wal");
  db.run("pragma synchronous = full");
  // We are the only writer; a copy being taken may hold it for a moment, and the whole agent waits meanwhile.
  db.run("pragma busy_timeout = 100");
  bringUpToDate(db, path);
  return { load: () => load(db), save: saver(db), close: () => db.close() };
}

const UNSAID = { endedAt: undefined, mode: "transactional", resumed: false } as const;

function load(db: Database): ReturnType<Checkpoint["load"]> {
  const changes = db.query<{ id: number; body: string }, []>("select id, body from changes order by id").all();
  const tasks = db.query<{ id: number; body: string }, []>("select id, body from tasks").all();
  const facts = db.query<{ key: string; value: string }, []>("select key, value from facts").all();
  const last = db.query<{ id: number }, []>("select id from last").get();
  return {
    changes: new Map(changes.map(({ id, body }) => [id, { id, ...UNSAID, ...(JSON.parse(body) as SavedChange) }])),
    tasks: new Map(tasks.map(({ id, body }) => [id, { id, ...(JSON.parse(body) as SavedTask) }])),
    facts: new Map(facts.map(({ key, value }) => [key, JSON.parse(value) as Json])),
    lastId: last?.id ?? 0,
  };
}

function saver(db: Database): (saved: Saved) => void {
  const put = (table: string) => db.query(`insert or replace into ${table} values (?, ?)`);
  const drop = (table: string, key: string) => db.query(`delete from ${table} where ${key} = ?`);
  const change = { put: put("changes"), drop: drop("changes", "id") };
  const task = { put: put("tasks"), drop: drop("tasks", "id") };
  const fact = { put: put("facts"), drop: drop("facts", "key") };
  const last = db.query("update last set id = ?");
  return db.transaction((saved: Saved) => {
    for (const [id, one] of saved.changes) one ? change.put.run(id, JSON.stringify(savedChange(one))) : change.drop.run(id);
    for (const [id, one] of saved.tasks) one ? task.put.run(id, JSON.stringify(savedTask(one))) : task.drop.run(id);
    for (const [key, one] of saved.facts) one === undefined ? fact.drop.run(key) : fact.put.run(key, JSON.stringify(one));
    last.run(saved.lastId);
  });
}

function savedChange({ kind, summary, tasks, startedAt, endedAt, mode, resumed }: Change): SavedChange {
  return {
    ...{ kind, summary, tasks: [...tasks], startedAt },
    ...(endedAt !== undefined && { endedAt }),
    ...(mode !== "transactional" && { mode }),
    ...(resumed && { resumed }),
  };
}

function savedTask(task: Task): SavedTask {
  const { change, kind, summary, data, status, log, progress, error, startedAt, endedAt, notBefore } = task;
  return {
    ...{ change, kind, summary, data, status, log, after: [...task.after], lanes: [...task.lanes] },
    ...(progress && { progress }),
    ...(error !== undefined && { error }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(notBefore !== undefined && { notBefore }),
  };
}
