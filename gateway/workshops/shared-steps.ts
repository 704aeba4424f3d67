import type { TaskStatus, TaskView } from "../../agent/contract/changes.ts";
import type { StepView } from "../../views/workshop.ts";
import { doingNow, logOf, type Reported } from "./task-log.ts";

/** A task that all seats of a machine share, and where it was reported. */
interface SharedTask {
  from: Reported;
  change: string;
  task: TaskView;
}

/**
 * What comes before the seats, a line each in its order: the machine is made ready, SDKs are fetched and installed. Of one that was tried
 * again only the last try counts; of several machines that do the same, the one that is furthest from done.
 * @param failure why the start failed, which stands above: it isn't said again
 */
export function sharedSteps(reported: readonly Reported[], failure = ""): StepView[] {
  const last = reported.flatMap((from) => [...new Map(tasksOf(from).map((one) => [one.task.summary, one])).values()]);
  return [...Map.groupBy(last, ({ task }) => task.summary).values()].flatMap((all) => {
    const most = Math.max(...all.map(({ task }) => RANK[isOf(task)]));
    const [one, ...others] = all.filter(({ task }) => RANK[isOf(task)] === most);
    if (!one) return [];
    const isAll = others.length + 1 === reported.length;
    return [stepOf(one, failure, isAll ? undefined : machinesIn([one, ...others]))];
  });
}

const machinesIn = (tasks: readonly SharedTask[]): string =>
  `${tasks.length === 1 ? "machine" : "machines"} ${tasks.map(({ from }) => from.machine).join(", ")}`;

const tasksOf = (from: Reported): SharedTask[] =>
  from.report.changes
    // Agents of the release before call it `make`.
    .filter(({ kind }) => kind === "launch" || kind === "make")
    .flatMap(({ id, tasks }) => tasks.filter(({ seat }) => seat === undefined).map((task) => ({ from, change: id, task })));

/** Whoever has to wait for all wants to know of the slowest. */
const RANK: Record<StepView["is"], number> = { done: 0, undone: 0, todo: 1, doing: 2, waiting: 3, failed: 4 };

/** @param machines which ones are as far, where others are further */
function stepOf({ from, change, task }: SharedTask, failure: string, machines: string | undefined): StepView {
  const is = isOf(task);
  const log = is === "failed" || is === "waiting" ? logOf(from, change, task, failure) : undefined;
  const on = is === "doing" || is === "failed" || is === "waiting" ? machines : undefined;
  const note = [on, is === "doing" ? doingNow(task) : undefined].filter(Boolean).join(": ");
  return {
    key: `task-${task.summary}`,
    summary: task.summary,
    is,
    ...(task.startedAt && { startedAt: task.startedAt }),
    ...(task.endedAt && { endedAt: task.endedAt }),
    ...(note && { note }),
    ...(log && { log }),
  };
}

/** What is undone again was done before. */
function isOf({ status, startedAt }: TaskView): StepView["is"] {
  if (status === "error") return "failed";
  if (status === "wait") return "waiting";
  if (status === "done" || (UNDOING.includes(status) && startedAt)) return "done";
  return status === "doing" ? "doing" : "todo";
}

const UNDOING: readonly TaskStatus[] = ["undo", "undoing", "undone"];
