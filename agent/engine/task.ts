import type { Json, Memory } from "./memory.ts";

/**
 * do, doing, done: the way there. undo, undoing, undone: the way back. abort: running, told to stop. hold: never started, and won't.
 * error: its do or undo failed. wait: done as far as it goes until a person or an event lets it go on.
 */
export type Status = "do" | "doing" | "done" | "wait" | "abort" | "undo" | "undoing" | "undone" | "hold" | "error";

/** Nothing more will happen to it by itself. */
export const isReady = (status: Status): boolean => READY.has(status);
const READY: ReadonlySet<Status> = new Set(["done", "undone", "hold", "error"]);

/** A step somebody wants. Within one list of specs `after` names earlier ones by their index. */
export interface TaskSpec {
  kind: string;
  /** For people: "Make seat 07". */
  summary: string;
  data: Json;
  after?: readonly number[];
  /** Fail and are undone together. None means lane 0; in several: stays while any of them is alive. */
  lanes?: readonly number[];
}

export interface Progress {
  label: string;
  done: number;
  total: number;
}

/** A step as the engine holds it in memory; `checkpoint.ts` has its shape on disk. */
export interface Task {
  readonly id: number;
  readonly change: number;
  readonly kind: string;
  readonly summary: string;
  readonly data: Json;
  readonly after: readonly number[];
  readonly lanes: readonly number[];
  status: Status;
  log: string[];
  progress?: Progress | undefined;
  /** The handler's own words, when it failed or waits. */
  error?: string | undefined;
  /** Milliseconds since 1970. */
  startedAt?: number | undefined;
  endedAt?: number | undefined;
  /** Not before this moment again: its handler asked for `Retry`. */
  notBefore?: number | undefined;
}

/** What a handler may know of the task it works on. */
export interface TaskRun {
  readonly id: number;
  /** Of its change. */
  readonly change: number;
  readonly data: Json;
  /** A person has let this task's change go on: what it finds may be hers, and is nobody else's. */
  readonly resumed: boolean;
  /** Aborted when the task is to stop, or the program shuts down (then it runs again after the restart). */
  readonly signal: AbortSignal;
  /** The engine's saved facts; what is set here is saved when the handler succeeds, with the task's next status, and dropped when it throws. */
  readonly memory: Memory;
  log(line: string): void;
  progress(label: string, done: number, total: number): void;
}

/**
 * Both must be safe to repeat: "already there" is done, "already gone" is undone. A `do` that throws must clean up after itself; one that
 * was aborted or killed in the middle is undone by `undo`. A kind without `undo` stays done.
 */
export interface Handler {
  do(task: TaskRun): Promise<void>;
  undo?(task: TaskRun): Promise<void>;
  /** It waits for somebody else's program, who may hold it up: it takes no place from others. Its lane bounds how many there are. */
  aside?: true;
}

/** Thrown by a handler: not now, try again after so many seconds. */
export class Retry extends Error {
  override readonly name = "Retry";
  constructor(
    readonly afterSeconds: number,
    message = `again in ${afterSeconds} s`,
  ) {
    super(message);
  }
}

/** Thrown by a `do`: done as far as it goes; when a person lets its change go on, it runs again. */
export class Wait extends Error {
  override readonly name = "Wait";
}

/** What of a task's log is kept: ten lines of a program that failed, and the reason; its whole output belongs elsewhere. */
export const LOG_LINES = 11;
export const LOG_BYTES = 64 * 1024;

/** Adds a line and drops the oldest beyond the limits. */
export function addLog(log: string[], line: string): void {
  log.push(line.length > LOG_BYTES / 4 ? `${line.slice(0, LOG_BYTES / 4)}…` : line);
  while (log.length > LOG_LINES || byteLength(log) > LOG_BYTES) log.shift();
}

const byteLength = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
