import type { MachineReport, SeatReport } from "../../../agent/contract/machine.ts";
import { machineOfSeat, seatName } from "../../../agent/contract/seats.ts";
import { spentWith } from "../llm/usage.ts";
import type { Subject } from "../subject.ts";
import { machineName } from "../workshop.ts";
import { CHECK_STEP, type NextCall, type ResourceKind, SOON_MS, type Step, stepOfMachine } from "./kind.ts";
import { call, type MachineAction } from "./machine-calls.ts";
import { needsKey } from "./machine-key.ts";
import { needsSeatsMap } from "./machine-map.ts";
import { isEmptied, type MachineDetail, type MachineRow, rentedUntil, wentAlone } from "./machine-row.ts";
import { doingNow } from "./progress.ts";

/** An agent that is restarted by its provider is back sooner. */
const BROKEN_LIMIT_MS = 5000;
/** An agent that can't be told that it ended is removed all the same. */
const TELL_LIMIT_MS = 10_000;
/** Seats that aren't gone by then go with their machine. */
const EMPTY_LIMIT_MS = 20_000;
/** Before a broken one is made again. */
const AGAIN_MS = 1000;
/** While nothing is expected to change: how soon it is seen that an agent began anew and has no key, or is gone, that a failed seat healed, and how old saved counts are. */
const CALM_MS = 2000;
/** Whether one that is out of reach and holds work came back. */
const BACK_MS = 1000;

type MachineStep = Step<MachineAction, MachineDetail>;
export const CREATE: MachineStep = {
  ...{ key: "create", summary: "Start the machine", actions: ["create", "look", "greet"] },
  isOver: ({ detail: { certificate } }) => certificate !== undefined,
};
const STARTER: MachineStep = { key: "starter", summary: "Unpack the starter files once", actions: ["starter"], late: true };
const DEFINITION: MachineStep = { key: "definition", summary: "Send the definition’s own SDKs", actions: ["definition"] };
const INSTRUCT: MachineStep = { key: "instruct", summary: "Tell everyone that the workshop ended", actions: ["instruct"] };
const PACK: MachineStep = { key: "pack", summary: "Pack everyone’s work into one archive", actions: ["pack"] };
export const EMPTY: MachineStep = {
  ...{ key: "empty", summary: "Remove the seats", actions: ["ask", "instruct"] },
  isOver: isEmptied,
};
const REMOVE: MachineStep = {
  ...{ key: "remove", summary: "Stop the machine", actions: ["remove", "look"], from: "remove" },
  isOver: ({ observed }) => observed === "absent",
};

/** A VM, or locally an agent's process, with up to ten seats. */
export const machine: ResourceKind<MachineDetail, MachineAction> = {
  belongsTo: "start",
  names: ({ id, seats }) => Array.from({ length: machineOfSeat(seats) }, (_, i) => machineName(id, i + 1)),
  isReady: ({ observed, detail: { report, acknowledged = 0 } }, { document }) =>
    observed === "running" &&
    report !== undefined &&
    Math.min(acknowledged, report.revision) >= document &&
    report.seats.some(({ status }) => status === "ready") &&
    isAtRest(report),
  whyFailed,
  waits: ({ observed, detail: { report } }) =>
    observed === "running" && (report?.seats.some(({ status }) => status === "waiting") ?? false),
  doing: ({ name, observed, detail: { report, place } }) => {
    if (report) return doingNow(report);
    return observed === "starting" && place !== undefined ? `${name} boots in ${place}` : undefined;
  },
  make,
  unmake,
  holdsWork,
  carried: ({ rentedBefore }) => (rentedBefore ? { rentedBefore } : {}),
  /** The next one is another machine with another certificate. */
  kept: ({ before, removed, packed, report, spent, ...detail }, now) => ({
    ...rentedUntil(detail, now),
    ...(!removed && wentAlone(detail, now) && { alone: true as const }),
    ...(before && { before }),
    ...(removed && { removed }),
    ...(packed && { packed }),
    ...(report && { report: withoutLlm(report), spent: spentWith(spent, report.llm) }),
    ...(!report && spent && { spent }),
  }),
  startSteps: ({ idx }, { starter, environment }) => [
    stepOfMachine(CREATE, idx, (machines) => `Start ${machines} machines`),
    ...(environment?.archive ? [stepOfMachine(DEFINITION, idx)] : []),
    ...(starter ? [stepOfMachine(STARTER, idx)] : []),
  ],
  stopSteps: (row, { work }) => {
    // The second time that it is instructed, it is told to remove its seats.
    const first = row.detail.emptyingSince === undefined && work !== "packed";
    const telling = first ? INSTRUCT : { ...INSTRUCT, actions: [] };
    return [
      ...[telling, ...(work === "none" ? [] : [PACK]), EMPTY].map((step) => stepOfMachine(step, row.idx)),
      stepOfMachine(REMOVE, row.idx, (machines) => `Stop ${machines} machines`),
      stepOfMachine<MachineAction, MachineDetail>(CHECK_STEP, row.idx),
    ];
  },
  call,
};

function whyFailed({ name, observed, detail: { report, brokenSince, problem } }: MachineRow, now: number): string | undefined {
  const seats = report?.seats ?? [];
  // Where others are ready or still being made, the class begins without those that failed.
  if (seats[0] && seats.every(({ status }) => status === "error"))
    return `${whoFailed(seats)} could not be made: ${seats[0].note ?? "the agent gives no reason"}`;
  if (observed !== "broken" || brokenSince === undefined || now - brokenSince < BROKEN_LIMIT_MS) return undefined;
  return `The machine ${name} doesn't run: ${problem ?? "the reason isn't known"}`;
}

/** All of them, where they have one reason. */
function whoFailed([first, ...rest]: readonly SeatReport[]): string {
  const one = `Seat ${seatName(first?.seat ?? 0)}`;
  return rest.length > 0 && rest.every(({ note }) => note === first?.note) ? `${one} and ${rest.length} more` : one;
}

function make(row: MachineRow, subject: Subject): NextCall<MachineAction> {
  const { observed, detail } = row;
  const { state, starter, definitionArchive, document, seatsReady, createMs } = subject;
  // Of a class that began without it: not before all that was asked for may have landed.
  if (observed === "absent") return ["create", state === "running" ? createMs : 0];
  // Made in part by a gateway that was killed: making it again completes it. One that ran has its own keeper.
  if (observed === "broken" && !detail.certificate) return ["create", AGAIN_MS];
  if (observed !== "running") return ["look", SOON_MS];
  if (!detail.certificate) return ["greet", 0];
  if (definitionArchive && detail.definition !== definitionArchive) return ["definition", 0];
  if (starter && detail.starter !== starter) return ["starter", 0];
  if ((detail.acknowledged ?? 0) < document) return ["instruct", 0];
  if (needsKey(detail, subject)) return ["key", 0];
  if (needsSeatsMap(row, subject)) return ["map", 0];
  if (state === "provisioning") return ["ask", SOON_MS];
  return ["ask", seatsReady || (detail.report && isAtRest(detail.report)) ? CALM_MS : SOON_MS];
}

/** Nothing is being made: seats are ready, or failed and are tried again later, or wait for a person, or were stopped or removed by one. */
const isAtRest = ({ seats }: MachineReport): boolean => seats.every(isResting);

function isResting({ status, operations = [] }: SeatReport): boolean {
  if (status === "stopped" || status === "off") return operations.length > 0;
  return status === "ready" || status === "error" || status === "waiting";
}

function unmake(row: MachineRow, subject: Subject, now: number): NextCall<MachineAction> {
  if (subject.goal !== "gone") return ["remove", 0];
  if (row.observed === "running" && row.detail.certificate) return takeLeave(row, subject, now);
  // What may hold work stays, even out of reach, until that is settled.
  return subject.work === "wanted" && holdsWork(row) ? ["look", BACK_MS] : ["remove", 0];
}

/** Tell learners, pack their work, let the agent remove its seats; then the machine. */
function takeLeave(row: MachineRow, subject: Subject, now: number): NextCall<MachineAction> {
  const { document, work, workProblem, stopAt = now } = subject;
  const { acknowledged = 0, packed, emptyingSince = now } = row.detail;
  const knows = acknowledged >= document;
  if (work === "wanted") {
    if (!knows) return ["instruct", 0];
    // Whether it is still there: its cloud may remove it while the instructor chooses.
    return workProblem || packed ? ["look", CALM_MS] : ["pack", 0];
  }
  if (!knows) return now - stopAt < TELL_LIMIT_MS ? ["instruct", 0] : ["remove", 0];
  return isEmptied(row) || now - emptyingSince >= EMPTY_LIMIT_MS ? ["remove", 0] : ["ask", SOON_MS];
}

/** A machine that was never greeted has no learner's work; one that is gone has none any more. */
function holdsWork({ observed, detail: { certificate, packed } }: MachineRow): boolean {
  return observed !== "absent" && certificate !== undefined && packed === undefined;
}

const withoutLlm = ({ llm: _, ...report }: MachineReport): MachineReport => report;
