import { isReady, type Status, type Task } from "./task.ts";

/**
 * What a failing task does to its lanes. `transactional`: they go back at once. `wait-on-error`: it waits for a person, who mends the cause
 * and lets the change go on, or gives it up.
 */
export type Mode = "transactional" | "wait-on-error";

/** An operation: a graph of tasks. */
export interface Change {
  readonly id: number;
  readonly kind: string;
  /** For people: "Make 10 seats". */
  readonly summary: string;
  readonly tasks: readonly number[];
  readonly mode: Mode;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  endedAt: number | undefined;
  /** A person has let it go on: what its tasks find may be hers. */
  resumed: boolean;
}

/** The first of these that any task has is the change's status; `wait` is special, see `isWaiting`. */
const ORDER: readonly Status[] = ["abort", "undoing", "undo", "doing", "do", "wait", "error", "undone", "done", "hold"];

export function changeStatus(tasks: readonly Task[]): Status {
  if (tasks.length === 0) return "done";
  if (isWaiting(tasks)) return "wait";
  const present = new Set(tasks.map((task) => task.status));
  return ORDER.find((status) => present.has(status)) ?? "done";
}

/** Some task waits, nothing runs, and all that could still start comes after one that waits. */
function isWaiting(tasks: readonly Task[]): boolean {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const blocked = (task: Task): boolean =>
    task.status === "wait" || (task.status === "do" && task.after.some((id) => blockedById(id)));
  const blockedById = (id: number): boolean => {
    const task = byId.get(id);
    return task !== undefined && blocked(task);
  };
  return tasks.some((task) => task.status === "wait") && tasks.every((task) => isReady(task.status) || blocked(task));
}

/** Every failed task's summary and message; undefined when none failed. */
export function changeError(tasks: readonly Task[]): string | undefined {
  const failed = tasks.filter((task) => task.status === "error");
  if (failed.length === 0) return undefined;
  return failed.map((task) => `${task.summary}: ${task.error ?? "failed"}`).join("\n");
}

/** A task that has to wait for others before it may start, forwards or backwards. */
export function mustWait(task: Task, tasks: readonly Task[]): boolean {
  if (task.status === "do") return task.after.some((id) => tasks.find((one) => one.id === id)?.status !== "done");
  return tasks.some((one) => one.after.includes(task.id) && !isReady(one.status));
}
