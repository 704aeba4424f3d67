import type { TaskStatus, TaskView } from "../../agent/contract/changes.ts";
import { seatList } from "../../views/parts/amounts.ts";
import type { StepView } from "../../views/workshop.ts";
import { timesOf } from "./step-times.ts";
import { doingNow, logOf, type Reported } from "./task-log.ts";

/** Whose change it is. */
export type Of = Pick<Reported, "workshop" | "machine">;

/** Of one seat's tasks, of which a launch has a dozen. */
const STEPS_SHOWN = 40;

/** What all seats share, a line each; then of one seat each task, of several a line a seat. */
export function changeSteps(from: Of, change: string, tasks: readonly TaskView[], seats: readonly number[]): StepView[] {
  const shared = tasks.filter(({ seat }) => seat === undefined);
  const own = tasks.filter(({ seat }) => seat !== undefined);
  const alone = seats.length === 1 ? own : [];
  return [
    ...[...shared, ...alone].slice(0, STEPS_SHOWN).map((task) => taskStep(from, change, task)),
    ...(seats.length === 1 ? [] : perSeat(from, change, own, seats)),
  ];
}

function taskStep(from: Of, change: string, task: TaskView): StepView {
  const is = stepOf([task]);
  const note = is === "doing" ? doingNow(task) : undefined;
  const log = is === "failed" || is === "waiting" ? logOf(from, change, task) : undefined;
  return {
    key: `task-${task.id}`,
    summary: task.summary,
    is,
    ...timesIn(is, [task]),
    ...(note && { note }),
    ...(log && { log }),
  };
}

/** Those that are done, or not begun, in one line. */
function perSeat(from: Of, change: string, tasks: readonly TaskView[], seats: readonly number[]): StepView[] {
  const steps = seats.map((seat) => {
    const own = tasks.filter((task) => task.seat === seat);
    return { seat, own, is: stepOf(own) };
  });
  const joined = (is: StepView["is"], word: string): StepView[] => {
    const all = steps.filter((step) => step.is === is);
    if (all.length === 0) return [];
    const summary = `${all.length === 1 ? "Seat" : "Seats"} ${seatList(all.map(({ seat }) => seat))}${word}`;
    return [
      {
        key: `seats-${is}`,
        summary,
        is,
        ...timesIn(
          is,
          all.flatMap(({ own }) => own),
        ),
      },
    ];
  };
  const single = steps.filter(({ is }) => is !== "done" && is !== "todo" && is !== "undone");
  return [
    ...joined("done", ""),
    ...joined("undone", ""),
    ...single.map(({ seat, own, is }) => seatStep(from, change, seat, own, is)),
    ...joined("todo", ""),
  ];
}

function seatStep(from: Of, change: string, seat: number, own: readonly TaskView[], is: StepView["is"]): StepView {
  const at = own.find(({ status }) => status === AT[is]);
  const log = at && (is === "failed" || is === "waiting") ? logOf(from, change, at) : undefined;
  const note = at && (is === "doing" ? [at.summary, doingNow(at)].filter(Boolean).join(": ") : at.summary);
  return {
    key: `seat-${seat}`,
    summary: `Seat ${seatList([seat])}`,
    is,
    ...timesIn(is, own),
    ...(note && { note }),
    ...(log && { log }),
  };
}

const AT: Partial<Record<StepView["is"], TaskStatus>> = { doing: "doing", failed: "error", waiting: "wait" };

function stepOf(tasks: readonly TaskView[]): StepView["is"] {
  const has = (...statuses: TaskStatus[]) => tasks.some(({ status }) => statuses.includes(status));
  if (has("wait")) return "waiting";
  if (has("doing", "abort", "undoing")) return "doing";
  if (has("error")) return "failed";
  if (has("undone", "undo")) return "undone";
  if (has("do")) return has("done") ? "doing" : "todo";
  return has("done") ? "done" : "undone";
}

function timesIn(is: StepView["is"], tasks: readonly TaskView[]): Pick<StepView, "startedAt" | "endedAt"> {
  const { started, ended } = timesOf(tasks);
  return {
    ...(started && is !== "todo" && { startedAt: started }),
    ...(ended && is !== "doing" && is !== "todo" && { endedAt: ended }),
  };
}
