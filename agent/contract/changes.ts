/** Task and change states, from the engine's point of view; the wire uses the same words. */
export type TaskStatus = "do" | "doing" | "done" | "wait" | "abort" | "undo" | "undoing" | "undone" | "hold" | "error";

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
  /** It failed, and all that it said is at `GET /v1/changes/:change/tasks/:task/log`. */
  wholeLog?: true;
  progress?: { label: string; done: number; total: number };
  /** ISO 8601, UTC. */
  startedAt?: string;
  endedAt?: string;
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
