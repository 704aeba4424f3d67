import { CHANGE_ID, type ChangeView, type TaskStatus } from "../../agent/contract/changes.ts";
import { machineOfSeat } from "../../agent/contract/seats.ts";
import { seatList } from "../../views/parts/amounts.ts";
import type { SeatChangeView } from "../../views/workshop.ts";
import { changeSteps, type Of } from "./change-steps.ts";
import type { Reported } from "./task-log.ts";

/** Of what is over: somebody wants to know how the last ones went. */
const ENDED_SHOWN = 5;
/** A machine has one for each seat and one for all; whoever broke into it may tell of any number. */
const OPEN_SHOWN = 20;

/** A change of the gateway's API: machines count their own. `2-17` */
export const changeId = (machine: number, id: string): string => `${machine}-${id}`;

/** @returns undefined: it can't be one */
export function parseChangeId(text: string): { machine: number; change: string } | undefined {
  const [machine = "", change = "", ...more] = text.split("-");
  if (more.length > 0 || ![machine, change].every((part) => CHANGE_ID.test(part))) return undefined;
  return { machine: Number(machine), change };
}

/** What is done with seats, and the last of what was, of all machines: what isn't over first, then newest first. Pure. */
export function seatChanges(reported: readonly Reported[]): SeatChangeView[] {
  const all = reported.flatMap((from) => from.report.changes.map((change) => seatChange(from, change)));
  const open = all.filter(({ endedAt }) => endedAt === undefined);
  const ended = all.filter((change) => change.endedAt !== undefined && isNews(change) && !all.some(followed(change)));
  return [
    ...open.toSorted((a, b) => WAITING_FIRST(a) - WAITING_FIRST(b)).slice(0, OPEN_SHOWN),
    ...ended.toSorted((a, b) => (b.endedAt ?? "").localeCompare(a.endedAt ?? "")).slice(0, ENDED_SHOWN),
  ];
}

/** Tried again since by itself, or by whoever read why it failed: the last try counts. */
const followed = (change: SeatChangeView) => (later: SeatChangeView) =>
  change.is === "failed" && later.summary === change.summary && later.startedAt > change.startedAt;

const WAITING_FIRST = ({ is }: SeatChangeView): number => (is === "waiting" ? 0 : 1);

/** Seats are made and taken away as learners come and go: of that only what went wrong is worth a line. */
const isNews = ({ kind, is }: SeatChangeView): boolean => is !== "done" || !USUAL.has(kind);
/** Agents of the release before call a launch `make`. */
const USUAL: ReadonlySet<string> = new Set(["launch", "make", "remove", "repair"]);

/** As people see it. */
export function seatChange(from: Of, change: ChangeView): SeatChangeView {
  const { id, kind, startedAt, endedAt, error } = change;
  const own = change.tasks.filter(({ seat }) => seat === undefined || machineOfSeat(seat) === from.machine);
  const seats = [...new Set(own.flatMap(({ seat }) => seat ?? []))].sort((a, b) => a - b);
  return {
    ...{ id: changeId(from.machine, id), kind, seats, is: isOf(change), startedAt },
    summary: VERBS[kind] && seats.length > 0 ? `${VERBS[kind]} ${named(seats)}` : change.summary,
    ...(endedAt !== undefined && { endedAt }),
    ...(error !== undefined && { error }),
    steps: changeSteps(from, id, own, seats),
  };
}

const VERBS: Record<string, string> = {
  ...{ launch: "Make", make: "Make", repair: "Repair", start: "Start", stop: "Stop", remove: "Remove" },
  ...{ refresh: "Refresh", restore: "Restore" },
  ...{ connect: "Connect", disconnect: "Disconnect", remount: "Remount" },
};

const named = (seats: readonly number[]): string => `${seats.length === 1 ? "seat" : "seats"} ${seatList(seats)}`;

function isOf({ status, endedAt, tasks }: ChangeView): SeatChangeView["is"] {
  if (endedAt === undefined && status === "wait") return "waiting";
  if (endedAt === undefined) return BACK.has(status) ? "undoing" : "doing";
  if (tasks.some((task) => task.status === "error")) return "failed";
  return tasks.every((task) => task.status === "done") ? "done" : "undone";
}

const BACK: ReadonlySet<TaskStatus> = new Set(["abort", "undo", "undoing"]);
