import type { Step } from "./state.ts";
import type { Status, Task } from "./task.ts";

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
  // A set may grow while it is looped over: followers of followers are met too.
  for (const task of found) for (const one of tasks) if (one.after.includes(task.id)) found.add(one);
  return [...found];
}

function stopTask(step: Step, task: Task): void {
  if (task.status === "do") step.set(task, "hold");
  else if (task.status === "doing" || task.status === "wait") step.set(task, "abort");
  else if (task.status === "done") step.set(task, "undo");
}
