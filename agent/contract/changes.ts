/** Task and change states, from the engine's point of view; the wire uses the same words. */
export type TaskStatus = "do" | "doing" | "done" | "wait" | "abort" | "undo" | "undoing" | "undone" | "hold" | "error";

/** Ids of changes and tasks: they count from 1. Whoever makes a path or an address of one asks this first. */
export const CHANGE_ID = /^[1-9]\d{0,8}$/;

export const CHANGE_SELECTIONS = ["all", "in-progress", "ready"] as const;
export type ChangeSelection = (typeof CHANGE_SELECTIONS)[number];

export interface TaskView {
  id: string;
  kind: string;
  /** For people: "Make seat 07". */
  summary: string;
  status: TaskStatus;
  /** The seat it works on, when it is one. */
  seat?: number;
  /** Last lines of what it said, newest last. */
  log: string[];
  /** It failed or waits, and all that it said is at `GET /v1/changes/:change/tasks/:task/log`. */
  wholeLog?: true;
  progress?: TaskProgress;
  /** ISO 8601, UTC. */
  startedAt?: string;
  endedAt?: string;
}

/** `label` is what it counts: files, or bytes. */
export interface TaskProgress {
  label: string;
  done: number;
  total: number;
}

export interface ChangeView {
  id: string;
  kind: string;
  summary: string;
  status: TaskStatus;
  /** Every failed task's summary and message. */
  error?: string;
  tasks: TaskView[];
  startedAt: string;
  endedAt?: string;
}

/** `Fetch node: 34 % of 186 MB`, or what it does alone, where nobody knows how much there is. */
export function taskNow({ summary, progress }: { summary: string; progress?: TaskProgress | undefined }): string {
  const far = progress && progressOf(progress);
  return far === undefined ? summary : `${summary}: ${far}`;
}

/** `34 % of 186 MB`, `82 % of 260 files`; undefined: nobody knows how much there is. */
export function progressOf({ label, done, total }: TaskProgress): string | undefined {
  if (total <= 0) return undefined;
  const percent = Math.floor((100 * Math.min(done, total)) / total);
  return `${percent} % of ${label === "bytes" ? megabytes(total) : `${total} ${label}`}`;
}

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
