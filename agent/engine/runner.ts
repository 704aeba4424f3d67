import { type Change, type Mode, mustWait } from "./change.ts";
import { abortLanes } from "./lanes.ts";
import type { Json, Memory } from "./memory.ts";
import type { State, Step } from "./state.ts";
import { addLog, type Handler, isReady, Retry, type Task, type TaskRun, type TaskSpec, Wait } from "./task.ts";

export interface RunnerOptions {
  /** By task kind. Tasks of other kinds are left alone: a later release may know them. */
  handlers: Readonly<Record<string, Handler>>;
  /** Tasks that run at once, besides those that are `aside`. */
  parallel: number;
  /** When a step can't be saved (a full disk): nothing new starts until it can. */
  onTrouble?: (error: unknown) => void;
}

/** What waits for a person who has forgotten it goes back after a week. */
const WAIT_MS = 7 * 24 * 3_600_000;

/** A full disk is looked at again this often. */
const SAVE_AGAIN_MS = 1000;

/** Handlers that don't stop by then are left behind; their tasks run again after the restart. */
const CLOSE_MS = 5000;

/** Progress is shown this often at most; it is saved with the next step only. */
const TELL_MS = 100;

/** Runs tasks whose time has come, in a state that is saved at every step; after a restart it goes on where it was. */
export class Runner {
  readonly #state: State;
  readonly #options: RunnerOptions;
  readonly #running = new Map<number, { abort: AbortController; ended: Promise<void>; aside: boolean }>();
  #closing = false;
  #timer: Timer | undefined;
  #telling: Timer | undefined;

  constructor(state: State, options: RunnerOptions) {
    this.#state = state;
    this.#options = options;
  }

  /**
   * Quick. When it can't be saved now it doesn't start until it can.
   * @param also what else is remembered in the same step: that what was asked for is begun @returns its number
   */
  add(
    kind: string,
    summary: string,
    specs: readonly TaskSpec[],
    mode?: Mode,
    also?: (memory: Pick<Memory, "set">) => void,
  ): number {
    let id = 0;
    this.#update((s) => {
      id = s.add(kind, summary, specs, mode).id;
      also?.({ set: (key, value) => s.remember(key, value) });
    });
    this.ensure();
    return id;
  }

  /** Lets what waits in it run again. @returns false: nothing waited, and nothing changed */
  continue(change: Change): boolean {
    const waiting = this.#state.tasksOf(change).filter((task) => task.status === "wait");
    if (waiting.length === 0) return false;
    this.#update((s) => {
      s.resume(change);
      for (const task of waiting) {
        task.error = undefined;
        s.set(task, "do");
      }
    });
    this.ensure();
    return true;
  }

  /**
   * Gives a change up, or only some of its lanes: what was done goes back. Finished changes stay as they are.
   * @param also what else is remembered in the same step
   */
  abort(change: Change, lanes?: readonly number[], also?: (memory: Pick<Memory, "set">) => void): void {
    if (change.endedAt !== undefined) return;
    const tasks = this.#state.tasksOf(change);
    this.#update((s) => {
      abortLanes(s, tasks, lanes ?? [...new Set(tasks.flatMap((task) => task.lanes))]);
      also?.({ set: (key, value) => s.remember(key, value) });
    });
    this.ensure();
  }

  /** Starts what may start, tells to stop what must stop, forgets what is old; quick, waits for nothing. */
  ensure(): void {
    if (this.#closing) return;
    clearTimeout(this.#timer);
    let due: Task[] = [];
    const saved = this.#update((s) => {
      this.#giveUpForgotten(s);
      due = this.#due(s);
      this.#state.prune(s);
    });
    if (saved) {
      for (const task of due) this.#start(task);
      this.#wake();
    } else this.#timer = setTimeout(() => this.ensure(), SAVE_AGAIN_MS);
  }

  /** Stops: running handlers are aborted and run again after the restart. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    for (const { abort } of this.#running.values()) abort.abort(new Error("shutting down"));
    let timer: Timer | undefined;
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, CLOSE_MS);
    });
    await Promise.race([Promise.all([...this.#running.values()].map((one) => one.ended)), late]);
    clearTimeout(timer);
  }

  /** Moves every task as far as it goes without its handler, and picks those to run now. */
  #due(s: Step): Task[] {
    const due: Task[] = [];
    let room = this.#options.parallel - [...this.#running.values()].filter(({ aside }) => !aside).length;
    for (const change of this.#unfinished()) {
      const tasks = this.#state.tasksOf(change);
      // Undone tasks free the ones before them: again until nothing moves.
      while (tasks.some((task) => this.#settle(s, task, tasks)));
      for (const task of tasks) {
        const aside = this.#isAside(task);
        if ((!aside && room <= 0) || !this.#isDue(s, task, tasks)) continue;
        due.push(task);
        if (!aside) room--;
      }
    }
    return due;
  }

  #isAside({ kind }: Task): boolean {
    return this.#options.handlers[kind]?.aside ?? false;
  }

  /** Steps that need no handler. True when it made one. */
  #settle(s: Step, task: Task, tasks: readonly Task[]): boolean {
    const handler = this.#options.handlers[task.kind];
    if (!handler) return false;
    if (task.status === "abort") {
      const running = this.#running.get(task.id);
      running?.abort.abort(new Error("aborted"));
      if (!running) giveUp(s, task, handler);
      return !running;
    }
    if (task.status !== "undo" || handler.undo || mustWait(task, tasks)) return false;
    // It can't be undone, but those before it had to wait for it.
    s.set(task, "done");
    return true;
  }

  #isDue(s: Step, task: Task, tasks: readonly Task[]): boolean {
    if (this.#running.has(task.id) || !this.#options.handlers[task.kind]) return false;
    if ((task.notBefore ?? 0) > this.#state.now()) return false;
    if (task.status === "doing" || task.status === "undoing") return true;
    if ((task.status !== "do" && task.status !== "undo") || mustWait(task, tasks)) return false;
    s.set(task, task.status === "do" ? "doing" : "undoing");
    return true;
  }

  #start(task: Task): void {
    const abort = new AbortController();
    const facts = new Map<string, Json | undefined>();
    const ended = this.#call(task, abort.signal, facts).then(
      () => this.#ended(task, facts, undefined),
      (error: unknown) => this.#ended(task, facts, error instanceof Error ? error : new Error(String(error))),
    );
    this.#running.set(task.id, { abort, ended, aside: this.#isAside(task) });
  }

  async #call(task: Task, signal: AbortSignal, facts: Map<string, Json | undefined>): Promise<void> {
    const handler = this.#options.handlers[task.kind];
    const run = this.#run(task, signal, facts);
    await (task.status === "undoing" ? handler?.undo?.(run) : handler?.do(run));
  }

  #run(task: Task, signal: AbortSignal, facts: Map<string, Json | undefined>): TaskRun {
    const { memory } = this.#state;
    return {
      id: task.id,
      change: task.change,
      data: task.data,
      resumed: this.#state.change(task.change)?.resumed ?? false,
      signal,
      memory: {
        get: (key) => (facts.has(key) ? facts.get(key) : memory.get(key)),
        set: (key, value) => void facts.set(key, value),
        keys: (prefix) => memory.keys(prefix),
      },
      log: (line) => {
        addLog(task.log, line);
        this.#tellSoon();
      },
      progress: (label, done, total) => {
        task.progress = { label, done, total };
        this.#tellSoon();
      },
    };
  }

  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#state.tell();
    }, TELL_MS);
  }

  #ended(task: Task, facts: Map<string, Json | undefined>, error: Error | undefined): void {
    this.#running.delete(task.id);
    // Whatever it died of while shutting down, it gets another try.
    if (this.#closing && error) return;
    this.#update((s) => {
      if (!error) for (const [key, value] of facts) s.remember(key, value);
      task.notBefore = undefined;
      this.#settleEnd(s, task, error);
    });
    this.ensure();
  }

  /** False when it couldn't be saved: it holds in memory, and is saved with the next one. */
  #update(step: (s: Step) => void): boolean {
    try {
      this.#state.update((s) => {
        step(s);
        return undefined;
      });
      return true;
    } catch (error) {
      this.#options.onTrouble?.(error);
      return false;
    }
  }

  #settleEnd(s: Step, task: Task, error: Error | undefined): void {
    if (task.status === "abort") {
      if (error) addLog(task.log, error.message);
      giveUp(s, task, this.#options.handlers[task.kind]);
    } else if (error instanceof Retry) {
      task.notBefore = this.#state.now() + error.afterSeconds * 1000;
      s.touch(task);
    } else if (error) {
      this.#fail(s, task, error);
    } else {
      s.set(task, task.status === "undoing" ? "undone" : "done");
    }
  }

  #fail(s: Step, task: Task, error: Error): void {
    const change = this.#state.change(task.change);
    const waits = task.status === "doing" && (error instanceof Wait || change?.mode === "wait-on-error");
    task.error = error.message;
    addLog(task.log, error.message);
    s.set(task, waits ? "wait" : "error");
    if (change && !waits) abortLanes(s, this.#state.tasksOf(change), task.lanes);
  }

  /** Of the tasks of changes that wait for a person who doesn't come. */
  #giveUpForgotten(s: Step): void {
    for (const change of this.#unfinished()) {
      const tasks = this.#state.tasksOf(change);
      const waiting = tasks.filter((task) => task.status === "wait");
      if (change.startedAt <= this.#state.now() - WAIT_MS && waiting.length > 0)
        abortLanes(s, tasks, [...new Set(waiting.flatMap((task) => task.lanes))]);
    }
  }

  #unfinished(): Change[] {
    return this.#state.changes().filter((change) => change.endedAt === undefined);
  }

  /** When a task is to be tried again, or has waited too long for a person. */
  #wake(): void {
    const times = this.#unfinished().flatMap((change) =>
      this.#state.tasksOf(change).flatMap((task) => {
        if (task.status === "wait") return change.startedAt + WAIT_MS;
        return isReady(task.status) || this.#running.has(task.id) ? [] : (task.notBefore ?? []);
      }),
    );
    if (times.length === 0) return;
    this.#timer = setTimeout(() => this.ensure(), Math.max(1, Math.min(...times) - this.#state.now()));
  }
}

/** It was stopped in the middle: what it may have half done is undone; without an undo it didn't happen. */
function giveUp(s: Step, task: Task, handler: Handler | undefined): void {
  s.set(task, handler?.undo ? "undo" : "hold");
}
