import type { TaskStatus, TaskView } from "../../agent/contract/changes.ts";
import type { StepView } from "../../views/workshop.ts";
import { logOf, type Reported } from "./task-log.ts";

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
  const bySummary = new Map<string, SharedTask>();
  for (const from of reported) {
    const own = new Map(tasksOf(from).map((one) => [one.task.summary, one]));
    for (const [summary, one] of own) {
      const other = bySummary.get(summary);
      if (!other || RANK[isOf(one.task)] > RANK[isOf(other.task)]) bySummary.set(summary, one);
    }
  }
  return [...bySummary.values()].map((one) => stepOf(one, failure));
}

const tasksOf = (from: Reported): SharedTask[] =>
  from.report.changes
    .filter(({ kind }) => kind === "make")
    .flatMap(({ id, tasks }) => tasks.filter(({ seat }) => seat === undefined).map((task) => ({ from, change: id, task })));

/** Whoever has to wait for all wants to know of the slowest. */
const RANK: Record<StepView["is"], number> = { done: 0, todo: 1, doing: 2, failed: 3 };

function stepOf({ from, change, task }: SharedTask, failure: string): StepView {
  const is = isOf(task);
  const log = is === "failed" ? logOf(from, change, task, failure) : undefined;
  const note = is === "doing" ? doingNow(task) : undefined;
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
  if (status === "done" || (UNDOING.includes(status) && startedAt)) return "done";
  return status === "doing" ? "doing" : "todo";
}

const UNDOING: readonly TaskStatus[] = ["undo", "undoing", "undone"];

function doingNow({ progress, log }: TaskView): string | undefined {
  if (!progress || progress.total <= 0) return log.at(-1);
  const percent = `${Math.floor((100 * Math.min(progress.done, progress.total)) / progress.total)} %`;
  return progress.label === "bytes" ? `${percent} of ${megabytes(progress.total)}` : percent;
}

const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
