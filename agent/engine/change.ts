import type { Step } from "./state.ts";
import { isReady, type Status, type Task } from "./task.ts";

/** An operation: a graph of tasks. */
export interface Change {
  readonly id: number;
  readonly kind: string;
  /** For people: "Make 10 seats". */
  readonly summary: string;
  readonly tasks: readonly number[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  endedAt: number | undefined;
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

/**
 * These lanes failed or are given up. What hadn't begun is held, what runs is told to stop, what was done will be undone, and so is all
 * that comes after it, with its lanes. A task that is also in a lane still wholly alive stays.
 */
export function abortLanes(step: Step, tasks: readonly Task[], lanes: readonly number[]): void {
  const given = new Set(lanes);
  const seen = new Set<number>();
  for (;;) {
    const before = given.size;
    const doomed = withFollowers(
      tasks.filter((task) => task.lanes.some((lane) => given.has(lane)) && !isKept(task, tasks, given)),
      tasks,
    );
    for (const task of doomed) for (const lane of task.lanes) given.add(lane);
    for (const task of doomed) if (!seen.has(task.id)) stopTask(step, task);
    for (const task of doomed) seen.add(task.id);
    if (given.size === before) return;
  }
}

/** Alive: nothing in the lane has failed or is going back. */
function isKept(task: Task, tasks: readonly Task[], given: ReadonlySet<number>): boolean {
  return task.lanes.some((lane) => !given.has(lane) && tasks.every((one) => !one.lanes.includes(lane) || isAlive(one.status)));
}

const isAlive = (status: Status): boolean => status === "do" || status === "doing" || status === "wait" || status === "done";

function withFollowers(roots: readonly Task[], tasks: readonly Task[]): Task[] {
  const found = new Set(roots);
  // A set grows while it is walked: followers of followers are met too.
  for (const task of found) for (const one of tasks) if (one.after.includes(task.id)) found.add(one);
  return [...found];
}

function stopTask(step: Step, task: Task): void {
  if (task.status === "do") step.set(task, "hold");
  else if (task.status === "doing") step.set(task, "abort");
  else if (task.status === "done" || task.status === "wait") step.set(task, "undo");
}
