import { taskNow } from "../contract/changes.ts";
import type { SeatReport } from "../contract/machine.ts";
import type { Change } from "../engine/change.ts";
import type { State } from "../engine/state.ts";
import { isReady, type Task } from "../engine/task.ts";
import { RECORD, type SeatRecord, toRecord } from "./records.ts";
import type { SeatCondition, SeatWish } from "./runtime.ts";
import { seatOf } from "./views.ts";

/** What of a seat's report comes from changes: the rest is added by who knows it. */
export type SeatProgress = Pick<SeatReport, "status" | "progress" | "note" | "operations">;

/** The last change that touches a seat, with its tasks there: its own, and those shared by all. */
export interface SeatWork {
  change: Change;
  own: Task[];
  shared: Task[];
}

export function workOf(state: State, seat: number): SeatWork | undefined {
  return worksOf(state, seat).next().value ?? undefined;
}

/** The last one first. */
export function* worksOf(state: State, seat: number): Generator<SeatWork, undefined> {
  for (const change of state.changes().reverse()) {
    const tasks = state.tasksOf(change);
    const own = tasks.filter((task) => seatOf(task) === seat);
    if (own.length > 0) yield { change, own, shared: tasks.filter((task) => seatOf(task) === undefined) };
  }
  return undefined;
}

export const isBusy = (work: SeatWork | undefined): boolean => work?.own.some((task) => !isReady(task.status)) ?? false;

export const hasFailed = (work: SeatWork | undefined): boolean =>
  work !== undefined && !isBusy(work) && [...work.own, ...work.shared].some((task) => task.status === "error");

/** What is known of a seat besides its changes. */
export interface SeatSeen {
  record: Pick<SeatRecord, "off"> | undefined;
  /** It is to be there. */
  wanted: boolean;
  condition: SeatCondition | undefined;
  /** What it is being made from isn't its definition any more. */
  edited?: boolean;
}

export function seatProgress(work: SeatWork | undefined, seen: SeatSeen): SeatProgress {
  if (work && isBusy(work)) return busyProgress(work, seen);
  const { record, wanted, condition } = seen;
  // Whatever went wrong while it was repaired: it is there, and nothing would try again.
  if (record && !record.off && condition === "ready") return { status: "ready", progress: 1, ...renewalFailure(work) };
  if (work && hasFailed(work)) return { status: "error", progress: progressOf(work), note: failureOf(work) };
  if (record && !record.off && condition === undefined) return { status: "ready", progress: 1 };
  if (record || condition === "stopped") return { status: "stopped", progress: wanted ? 1 : 0 };
  return { status: wanted ? "pending" : "off", progress: 0 };
}

function busyProgress(work: SeatWork, { record, edited }: SeatSeen): SeatProgress {
  const progress = progressOf(work);
  if (waits(work)) return { status: "waiting", progress, note: waitingNote(work, edited ?? false) };
  // It is made, and only waits to be opened.
  const isMade =
    record?.off &&
    work.change.kind === "launch" &&
    openTasks(work).every(({ kind, status }) => kind === RECORD && !BACK.has(status));
  return { status: isMade ? "stopped" : "pending", progress, ...noteOf(work) };
}

/** On the way back to what was before. */
export const BACK: ReadonlySet<string> = new Set(["abort", "undo", "undoing"]);
const openTasks = ({ own }: SeatWork): Task[] => own.filter(({ status }) => !isReady(status));

/** Nothing of its own goes on, and something waits: its own, or what all share. */
function waits({ own, shared }: SeatWork): boolean {
  if (own.some(({ status }) => BACK.has(status) || status === "doing")) return false;
  return [...own, ...shared].some(({ status }) => status === "wait");
}

function waitingNote({ own, shared }: SeatWork, edited: boolean): string {
  const waiting = [...shared, ...own].filter(({ status }) => status === "wait");
  const why = waiting.map(({ summary, error }) => `${summary}: ${error ?? "it waits for a person"}`);
  return [...why, ...(edited ? [DEFINITION_CHANGED] : [])].join("; ");
}

const DEFINITION_CHANGED =
  "definition changed: continuing goes on with the one that this change began with. Abort it, then refresh, to take the new one";

/** What it is being made from isn't what is wanted of it by now. */
export const editedMeanwhile = (work: SeatWork, wish: SeatWish): boolean => isOlder(beingMadeFrom(work), wish);

/** Undefined: it isn't being made, or an earlier release began that. */
export const beingMadeFrom = ({ own }: SeatWork): SeatRecord["from"] => own.flatMap(({ data }) => toRecord(data) ?? [])[0];

/** Nobody knows it of a seat that an earlier release made. */
export const isOlder = (from: SeatRecord["from"], { definition, definitionArchive }: SeatWish): boolean =>
  from !== undefined && (from.definition !== definition || from.definitionArchive !== definitionArchive);

/** It is what it was before: who asked for it wants to know. */
function renewalFailure(work: SeatWork | undefined): { note?: string } {
  if (!work || !RENEWALS.has(work.change.kind) || !hasFailed(work)) return {};
  return { note: `${work.change.summary} failed, and it is what it was before: ${failureOf(work)}` };
}

/** Kinds of changes to a seat that is there, and that its work outlives. */
export const RENEWALS: ReadonlySet<string> = new Set(["refresh", "restore", "connect", "disconnect", "remount"]);

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
  return at ? { note: taskNow(at) } : {};
}

function failureOf({ own, shared }: SeatWork): string {
  const failed = [...shared, ...own].filter((task) => task.status === "error");
  return failed.map((task) => `${task.summary}: ${task.error ?? "failed"}`).join("; ");
}
