import { type Change, changeStatus, type Mode } from "./change.ts";
import { type Checkpoint, openCheckpoint, type Saved } from "./checkpoint.ts";
import type { Json, Memory } from "./memory.ts";
import { isReady, type Status, type Task, type TaskSpec } from "./task.ts";

/** Finished changes are history: enough of it for a day of class, and never so much that a start becomes slow. */
const KEEP_MS = 24 * 60 * 60 * 1000;
const KEEP_CHANGES = 500;

/**
 * Everything the engine knows, in memory and on disk. It changes only inside `update`, one closed step that is saved before it returns.
 */
export class State {
  readonly #checkpoint: Checkpoint;
  readonly #changes = new Map<number, Change>();
  readonly #tasks = new Map<number, Task>();
  readonly #facts: Map<string, Json>;
  readonly #listeners = new Set<() => void>();
  #dirty = emptySaved();
  #lastId = 0;
  #closed = false;

  /** @param path of the sqlite file; made when it isn't there. @throws when it was written by a newer release */
  constructor(
    path: string,
    readonly now: () => number = Date.now,
  ) {
    this.#checkpoint = openCheckpoint(path);
    const saved = this.#checkpoint.load();
    for (const change of saved.changes.values()) this.#changes.set(change.id, change);
    for (const task of saved.tasks.values()) this.#tasks.set(task.id, task);
    this.#facts = new Map([...saved.facts].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
    this.#lastId = saved.lastId;
  }

  /**
   * One step: whatever `step` does is saved in one transaction. Its type keeps asynchronous steps out.
   * @throws when saving fails; what was done stays in memory and is saved by the next `update` or `save`
   */
  update<T>(step: (s: Step) => T extends Promise<unknown> ? never : T): T {
    const result = step(this.#step);
    this.save();
    return result;
  }

  /** Saves what an earlier `update` couldn't. */
  save(): void {
    if (this.#closed || isEmpty(this.#dirty)) return;
    this.#checkpoint.save({ ...this.#dirty, lastId: this.#lastId });
    this.#dirty = emptySaved();
    this.tell();
  }

  /** All of them, oldest first. */
  changes(): Change[] {
    return [...this.#changes.values()];
  }

  change(id: number): Change | undefined {
    return this.#changes.get(id);
  }

  tasksOf(change: Change): Task[] {
    return change.tasks.flatMap((id) => this.#tasks.get(id) ?? []);
  }

  statusOf(change: Change): Status {
    return changeStatus(this.tasksOf(change));
  }

  readonly memory: Memory = {
    get: (key) => this.#facts.get(key),
    set: (key, value) => this.update((s) => s.remember(key, value)),
    keys: (prefix) => [...this.#facts.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };

  /** After every save, and when a task said something; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Forgets finished changes that are a day old, and the oldest beyond 500. */
  prune(s: Step): void {
    const ready = this.changes().filter((change) => change.endedAt !== undefined);
    const spare = ready.length - KEEP_CHANGES;
    const old = ready.filter((change, i) => i < spare || (change.endedAt ?? 0) < this.now() - KEEP_MS);
    for (const change of old) s.forget(change);
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#checkpoint.close();
  }

  readonly #step: Step = {
    add: (kind, summary, specs, mode) => this.#add(kind, summary, specs, mode),
    set: (task, status) => {
      task.status = status;
      if (status === "doing") task.startedAt ??= this.now();
      if (isReady(status)) task.endedAt = this.now();
      else task.endedAt = undefined;
      this.#dirty.tasks.set(task.id, task);
      this.#noteEnd(task);
    },
    resume: (change) => {
      change.resumed = true;
      this.#dirty.changes.set(change.id, change);
    },
    touch: (task) => void this.#dirty.tasks.set(task.id, task),
    remember: (key, value) => {
      if (value === undefined) this.#facts.delete(key);
      else this.#facts.set(key, value);
      this.#dirty.facts.set(key, value);
    },
    forget: (change) => {
      for (const id of change.tasks) {
        this.#tasks.delete(id);
        this.#dirty.tasks.set(id, undefined);
      }
      this.#changes.delete(change.id);
      this.#dirty.changes.set(change.id, undefined);
    },
  };

  #add(kind: string, summary: string, specs: readonly TaskSpec[], mode: Mode = "transactional"): Change {
    const id = ++this.#lastId;
    const ids = specs.map(() => ++this.#lastId);
    specs.forEach((spec, i) => {
      const task = newTask(spec, i, ids, id);
      this.#tasks.set(task.id, task);
      this.#dirty.tasks.set(task.id, task);
    });
    const begun = { startedAt: this.now(), endedAt: undefined, resumed: false };
    const change: Change = { id, kind, summary, mode, tasks: ids, ...begun };
    if (ids.length === 0) change.endedAt = this.now();
    this.#changes.set(id, change);
    this.#dirty.changes.set(id, change);
    return change;
  }

  #noteEnd(task: Task): void {
    const change = this.#changes.get(task.change);
    if (!change) return;
    const ended = this.tasksOf(change).every((one) => isReady(one.status));
    if (ended === (change.endedAt !== undefined)) return;
    change.endedAt = ended ? this.now() : undefined;
    this.#dirty.changes.set(change.id, change);
  }
}

/** What may be done inside `State.update`. */
export interface Step {
  add(kind: string, summary: string, specs: readonly TaskSpec[], mode?: Mode): Change;
  set(task: Task, status: Status): void;
  /** A person has let it go on. */
  resume(change: Change): void;
  /** Its log, error or `notBefore` changed. */
  touch(task: Task): void;
  remember(key: string, value: Json | undefined): void;
  forget(change: Change): void;
}

function newTask(spec: TaskSpec, index: number, ids: readonly number[], change: number): Task {
  const { kind, summary, data } = spec;
  const after = (spec.after ?? []).map((i) => {
    const id = ids[i];
    if (i >= index || id === undefined)
      throw new Error(`internal error: task ${index} ("${kind}") after ${i}, which isn't earlier`);
    return id;
  });
  const id = ids[index] ?? 0;
  return { id, change, kind, summary, data, after, lanes: spec.lanes?.length ? spec.lanes : [0], status: "do", log: [] };
}

const emptySaved = (): Omit<Saved, "lastId"> => ({ changes: new Map(), tasks: new Map(), facts: new Map() });
const isEmpty = (saved: Omit<Saved, "lastId">): boolean => saved.changes.size + saved.tasks.size + saved.facts.size === 0;
