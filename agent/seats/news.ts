import type { SeatNews, SeatWorkDone, SeatWorkKind, SeatWorkNow } from "../contract/seat-news.ts";
import type { State } from "../engine/state.ts";
import { RECORD, RECORD_OFF, type SeatRecord } from "./records.ts";
import { BACK, hasFailed, isBusy, RENEWALS, type SeatProgress, type SeatWork, worksOf } from "./status.ts";

/** Of a step's words, which name SDKs and archives. */
const STEP_LIMIT = 160;

/** Task kinds that leave a seat's programs alone: the runtime's, and those that only remember. */
export type Gentle = ReadonlySet<string>;

export const gentleKinds = (ofRuntime: Iterable<string> = []): Gentle => new Set([RECORD, RECORD_OFF, ...ofRuntime]);

/** Something is done with it, and what runs in it goes on: its learner may stay, and come back. @param freshSince of whoever has it now */
export function goesOn(work: SeatWork | undefined, record: SeatRecord | undefined, freshSince: number, gentle: Gentle): boolean {
  if (!work || !isBusy(work) || !RENEWALS.has(work.change.kind) || hasEnded(work, gentle)) return false;
  return record !== undefined && !record.off && record.freshSince === freshSince;
}

/** The change that ended the seat's programs last: shells of another life are other shells. Undefined: it is forgotten, or there was none. */
export function lifeOf(state: State, seat: number, gentle: Gentle): string | undefined {
  for (const work of worksOf(state, seat)) if (hasEnded(work, gentle)) return String(work.change.id);
  return undefined;
}

/** What its learner may know. @param open she can work in it */
export function seatNews(
  work: SeatWork | undefined,
  { status, progress }: SeatProgress,
  open: boolean,
  gentle: Gentle,
): SeatNews {
  const told = { type: "seat", status, open } as const;
  if (!work) return told;
  return isBusy(work) ? { ...told, now: workNow(work, progress) } : { ...told, last: workDone(work, gentle) };
}

function workNow(work: SeatWork, progress: number): SeatWorkNow {
  const step = [...work.shared, ...work.own].find(({ status }) => status === "doing" || status === "undoing");
  return {
    kind: work.change.kind as SeatWorkKind,
    ...(step && { step: step.summary.slice(0, STEP_LIMIT) }),
    progress,
    ...(work.own.some(({ status }) => BACK.has(status)) && { back: true as const }),
  };
}

function workDone(work: SeatWork, gentle: Gentle): SeatWorkDone {
  const { change, own } = work;
  const outcome = hasFailed(work) ? "failed" : own.every(({ status }) => status === "done") ? "done" : "undone";
  return { id: String(change.id), kind: change.kind as SeatWorkKind, outcome, ended: hasEnded(work, gentle) };
}

/** From the beginning of such a task on nothing runs any more that did, whatever becomes of it. */
function hasEnded({ own }: SeatWork, gentle: Gentle): boolean {
  return own.some(({ kind, startedAt }) => startedAt !== undefined && !gentle.has(kind));
}
