import type { SeatReport } from "../contract/machine.ts";
import type { SeatStatus } from "../contract/seats.ts";
import type { Change } from "../engine/change.ts";
import type { State } from "../engine/state.ts";
import { isReady, type Task } from "../engine/task.ts";
import type { SeatCondition } from "./runtime.ts";
import { seatOf } from "./views.ts";

/** What of a seat's report comes from changes: the rest is added by who knows it. */
export type SeatProgress = Pick<SeatReport, "status" | "progress" | "note">;

/** The last change that touches a seat, with its tasks there: its own, and those shared by all. */
export interface SeatWork {
  change: Change;
  own: Task[];
  shared: Task[];
}

export function workOf(state: State, seat: number): SeatWork | undefined {
  for (const change of state.changes().reverse()) {
    const tasks = state.tasksOf(change);
    const own = tasks.filter((task) => seatOf(task) === seat);
    if (own.length > 0) return { change, own, shared: tasks.filter((task) => seatOf(task) === undefined) };
  }
  return undefined;
}

export const isBusy = (work: SeatWork | undefined): boolean => work?.own.some((task) => !isReady(task.status)) ?? false;

export const hasFailed = (work: SeatWork | undefined): boolean =>
  work !== undefined && !isBusy(work) && [...work.own, ...work.shared].some((task) => task.status === "error");

/** @param made it has a record  @param wanted it is to be there */
export function seatProgress(
  work: SeatWork | undefined,
  { made, wanted, condition }: { made: boolean; wanted: boolean; condition: SeatCondition | undefined },
): SeatProgress {
  if (work && isBusy(work)) return { status: waits(work) ? "waiting" : "pending", progress: progressOf(work), ...noteOf(work) };
  // Whatever went wrong while it was repaired: it is there, and nothing would try again.
  if (made && condition === "ready") return { status: "ready", progress: 1 };
  if (work && hasFailed(work)) return { status: "error", progress: progressOf(work), note: failureOf(work) };
  if (made && condition === undefined) return { status: "ready", progress: 1 };
  if (made || condition === "stopped") return { status: "stopped", progress: wanted ? 1 : 0 };
  const status: SeatStatus = wanted ? "pending" : "off";
  return { status, progress: 0 };
}

const waits = (work: SeatWork): boolean => work.own.some((task) => task.status === "wait");

function progressOf({ own, shared }: SeatWork): number {
  const tasks = [...shared, ...own];
  const sum = tasks.reduce((total, task) => total + doneOf(task), 0);
  return Math.round((sum / tasks.length) * 1000) / 1000;
}

function doneOf({ status, progress }: Task): number {
  if (status === "done") return 1;
  return status === "doing" && progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
}

function noteOf({ own, shared }: SeatWork): { note?: string } {
  const at = [...shared, ...own].find((task) => task.status === "doing" || task.status === "undoing");
  if (!at) return {};
  const { progress } = at;
  return { note: progress ? `${at.summary}: ${progress.done} of ${progress.total} ${progress.label}` : at.summary };
}

function failureOf({ own, shared }: SeatWork): string {
  const failed = [...shared, ...own].filter((task) => task.status === "error");
  return failed.map((task) => `${task.summary}: ${task.error ?? "failed"}`).join("; ");
}
