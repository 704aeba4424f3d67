import type { ChangeView, TaskView } from "../contract/changes.ts";
import { type Change, changeError } from "../engine/change.ts";
import type { State } from "../engine/state.ts";
import type { Task } from "../engine/task.ts";

/** Finished changes that a report shows. */
const RECENT = 5;
/** Of a line; pages show 400 letters, the whole log has the rest. What ten seats said in all these changes must fit into the 2 MiB that a gateway takes. */
const LINE_REPORTED = 500;

/** Unfinished ones and the last few finished, newest last. @param hasLog whether there is a whole log of a task, by its number */
export function changeViews(state: State, hasLog: (task: number) => boolean): ChangeView[] {
  const all = state.changes();
  const recent = new Set(all.filter((change) => change.endedAt !== undefined).slice(-RECENT));
  return all
    .filter((change) => change.endedAt === undefined || recent.has(change))
    .map((change) => changeView(state, change, hasLog));
}

/** As it is now, with all its tasks. @param hasLog as `changeViews` */
export function changeView(state: State, change: Change, hasLog: (task: number) => boolean): ChangeView {
  const tasks = state.tasksOf(change);
  const error = changeError(tasks);
  return {
    id: String(change.id),
    kind: change.kind,
    summary: change.summary,
    status: state.statusOf(change),
    ...(error !== undefined && { error }),
    tasks: tasks.map((task) => ({
      ...taskView(task),
      ...((task.status === "error" || task.status === "wait") && hasLog(task.id) && { wholeLog: true as const }),
    })),
    startedAt: iso(change.startedAt),
    ...(change.endedAt !== undefined && { endedAt: iso(change.endedAt) }),
  };
}

function taskView(task: Task): TaskView {
  const seat = seatOf(task);
  return {
    id: String(task.id),
    kind: task.kind,
    summary: task.summary,
    status: task.status,
    ...(seat !== undefined && { seat }),
    log: task.log.map((line) => (line.length > LINE_REPORTED ? `${line.slice(0, LINE_REPORTED)}…` : line)),
    ...(task.progress && { progress: { ...task.progress } }),
    ...(task.startedAt !== undefined && { startedAt: iso(task.startedAt) }),
    ...(task.endedAt !== undefined && { endedAt: iso(task.endedAt) }),
  };
}

/** The seat a task works on, when it is one. */
export function seatOf(task: Task): number | undefined {
  const { data } = task;
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const seat = (data as { seat?: unknown }).seat;
  return typeof seat === "number" ? seat : undefined;
}

const iso = (time: number): string => new Date(time).toISOString();
