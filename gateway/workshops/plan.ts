import { seatName } from "../../agent/contract/seats.ts";
import { isEmpty } from "./counts.ts";
import type { ActionKind, Resource } from "./resource.ts";
import type { Goal, WorkshopState } from "./workshop.ts";

/** What the plan looks at: a workshop's row and its resources. Times in milliseconds since 1970. */
export interface Subject {
  state: WorkshopState;
  goal: Goal;
  /** Revision of the document its machines should have taken. */
  document: number;
  /** Digest of the starter files. */
  starter?: string;
  work: "none" | "wanted" | "packed" | "skipped";
  /** The work could not be packed; the instructor chooses what next. */
  workProblem: boolean;
  startedAt?: number;
  stopAt?: number;
  endsAt?: number;
  /** Every seat may be offered; false after one was freed, until its machine reports it fresh and ready. */
  seatsReady: boolean;
  rows: Resource[];
}

export interface Action {
  kind: ActionKind;
  resource: Resource["kind"];
  idx: number;
  /** Not sooner than this after it was done last. */
  pauseMs: number;
}

export type Conclusion =
  | { kind: "ready" }
  | { kind: "failed"; reason: string }
  | { kind: "undone" }
  | { kind: "gone" }
  /** The agreed end has come. */
  | { kind: "due" }
  | { kind: "packed" }
  | { kind: "unpackable"; reason: string };

export interface Plan {
  /** Possible now, side by side. */
  actions: Action[];
  conclusion?: Conclusion;
}

/** A machine of a cloud takes 1 to 3 minutes and its seats less; what takes longer than this won't come. */
export const START_LIMIT_MS = 10 * 60_000;
/** An agent that is restarted by its provider is back sooner. */
const BROKEN_LIMIT_MS = 5000;
/** The same call failing for so long while starting: give up and say why. */
const TROUBLE_LIMIT_MS = 30_000;
/** An agent that can't be told that it ended is removed all the same. */
const TELL_LIMIT_MS = 10_000;
/** Seats that aren't gone by then go with their machine. */
const EMPTY_LIMIT_MS = 20_000;
/** Packing is tried again this long before the instructor is asked. */
const PACK_LIMIT_MS = 20_000;
/** Nobody chose: after a day the machine goes without an archive. */
const CHOICE_LIMIT_MS = 24 * 3_600_000;

/** While something comes up or goes away. */
const SOON_MS = 200;
/** Before a broken one is made again. */
const AGAIN_MS = 1000;
/** While nothing is expected to change. */
const CALM_MS = 15_000;

/** What can be done now, and what is true now. Pure. */
export function plan(subject: Subject, now: number): Plan {
  if (subject.goal === "none") return { actions: [] };
  const conclusion = conclude(subject, now);
  if (conclusion) return { actions: [], conclusion };
  return { actions: subject.rows.flatMap((row) => actionsFor(row, subject, now)) };
}

function conclude(subject: Subject, now: number): Conclusion | undefined {
  const { goal, state } = subject;
  if (goal === "running" && subject.endsAt !== undefined && now >= subject.endsAt) return { kind: "due" };
  if (goal === "running") return state === "provisioning" ? concludeStart(subject, now) : undefined;
  if (ownedUntil(subject).every((row) => row.observed === "absent" && row.detail.checkedAt !== undefined)) {
    return { kind: goal === "gone" ? "gone" : "undone" };
  }
  return goal === "gone" ? concludeWork(subject, now) : undefined;
}

/** Rows that must be gone: an undone start keeps its sealed key. */
function ownedUntil({ goal, rows }: Subject): Resource[] {
  return goal === "gone" ? rows : rows.filter((row) => row.kind !== "secret");
}

function concludeStart(subject: Subject, now: number): Conclusion | undefined {
  for (const row of subject.rows) {
    const reason = whyFailed(row, now);
    if (reason) return { kind: "failed", reason };
  }
  if (subject.rows.every((row) => isReady(row, subject))) return { kind: "ready" };
  if (now - (subject.startedAt ?? now) < START_LIMIT_MS) return undefined;
  const trouble = subject.rows.map((row) => row.detail.trouble?.message).find((message) => message);
  return { kind: "failed", reason: `It was not ready after ${START_LIMIT_MS / 60_000} minutes. ${trouble ?? ""}`.trim() };
}

function whyFailed(row: Resource, now: number): string | undefined {
  if (row.wanted === "absent") return undefined;
  const { trouble, report, brokenSince, problem } = row.detail;
  // Every authority was asked already: asking again at once only makes them count.
  if (row.kind === "certificate" && row.observed === "broken") return problem ?? `There is no certificate for ${row.name}.`;
  if (row.kind === "secret")
    return row.observed === "absent" ? "The sealed API key is gone. Make a new workshop." : troubleOf(row, now);
  const seat = report?.seats.find(({ status }) => status === "error");
  if (seat) return `Seat ${seatName(seat.seat)} could not be made: ${seat.note ?? "its agent gives no reason"}`;
  if (row.observed === "broken" && brokenSince !== undefined && now - brokenSince >= BROKEN_LIMIT_MS) {
    return `The machine ${row.name} doesn't run: ${problem ?? "the reason isn't known"}`;
  }
  return trouble ? troubleOf(row, now) : undefined;
}

function troubleOf({ detail: { trouble } }: Resource, now: number): string | undefined {
  if (!trouble) return undefined;
  return trouble.definite || now - trouble.since >= TROUBLE_LIMIT_MS ? trouble.message : undefined;
}

function isReady(row: Resource, subject: Subject): boolean {
  // A certificate of a start before, when there was a domain.
  if (row.wanted === "absent") return true;
  if (row.kind === "secret") return row.observed === "present";
  if (row.kind === "certificate") return row.observed === "running";
  const { report, acknowledged } = row.detail;
  if (row.observed !== "running" || !report || (acknowledged ?? 0) < subject.document) return false;
  return report.revision >= subject.document && report.seats.length > 0 && report.seats.every(({ status }) => status === "ready");
}

function concludeWork(subject: Subject, now: number): Conclusion | undefined {
  if (subject.work !== "wanted") return undefined;
  const open = subject.rows.filter((row) => row.kind === "machine" && mayHoldWork(row));
  if (open.length === 0) return { kind: "packed" };
  if (subject.workProblem) return now - (subject.stopAt ?? now) >= CHOICE_LIMIT_MS ? { kind: "packed" } : undefined;
  const stuck = open.find((row) => isStuck(row, subject, now));
  const { trouble, problem } = stuck?.detail ?? {};
  return stuck && { kind: "unpackable", reason: trouble?.message ?? problem ?? `The machine ${stuck.name} doesn't answer.` };
}

function isStuck({ detail: { trouble }, observed }: Resource, { stopAt }: Subject, now: number): boolean {
  if (trouble && trouble.action !== "look") return now - trouble.since >= PACK_LIMIT_MS;
  return observed !== "running" && observed !== "unknown" && now - (stopAt ?? now) >= PACK_LIMIT_MS;
}

/** A machine that was never greeted has no learner's work; one that is gone has none any more. */
const mayHoldWork = (row: Resource): boolean =>
  row.observed !== "absent" && row.detail.certificate !== undefined && row.detail.packed === undefined;

function actionsFor(row: Resource, subject: Subject, now: number): Action[] {
  const step = row.wanted === "present" ? making(row, subject) : unmaking(row, subject, now);
  return step ? [{ kind: step[0], resource: row.kind, idx: row.idx, pauseMs: step[1] }] : [];
}

type Step = [kind: ActionKind, pauseMs: number] | undefined;

function making(row: Resource, subject: Subject): Step {
  if (row.observed === "unknown") return ["look", 0];
  if (row.kind === "secret") return undefined;
  if (row.observed === "absent") return ["create", 0];
  const { detail } = row;
  // Once it is there, whoever serves it renews it.
  if (row.kind === "certificate") return row.observed === "running" ? undefined : ["look", SOON_MS];
  // Made in part by a gateway that was killed: making it again completes it. One that ran has its own keeper.
  if (row.observed === "broken" && !detail.certificate) return ["create", AGAIN_MS];
  if (row.observed !== "running") return ["look", SOON_MS];
  if (!detail.certificate) return ["greet", 0];
  if (subject.starter && detail.starter !== subject.starter) return ["starter", 0];
  if ((detail.acknowledged ?? 0) < subject.document) return ["instruct", 0];
  if (subject.state === "provisioning" || !subject.seatsReady) return ["ask", SOON_MS];
  return ["look", CALM_MS];
}

function unmaking(row: Resource, subject: Subject, now: number): Step {
  const { detail, observed } = row;
  if (observed === "unknown") return ["look", 0];
  if (observed === "absent") return detail.checkedAt !== undefined ? undefined : check(row, now);
  if (observed === "stopping") return ["look", SOON_MS];
  // Learners are told by https that it is over.
  if (row.kind === "certificate" && observed === "running" && isThere(machineOf(row, subject))) return undefined;
  if (row.kind === "machine" && observed === "running" && detail.certificate && subject.goal === "gone") {
    return farewell(row, subject, now);
  }
  // What may hold work stays, even out of reach, until that is settled.
  if (row.kind === "machine" && subject.goal === "gone" && subject.work === "wanted" && mayHoldWork(row)) return ["look", 1000];
  return ["remove", 0];
}

const machineOf = ({ idx }: Resource, { rows }: Subject) => rows.find((row) => row.kind === "machine" && row.idx === idx);
const isThere = (row: Resource | undefined): boolean => row !== undefined && row.observed !== "absent";

/** Tell learners, pack their work, let the agent remove its seats; then the machine. */
function farewell({ detail }: Resource, subject: Subject, now: number): Step {
  const told = (detail.acknowledged ?? 0) >= subject.document;
  if (subject.work === "wanted") {
    if (!told) return ["instruct", 0];
    return subject.workProblem || detail.packed ? undefined : ["pack", 0];
  }
  if (!told) return now - (subject.stopAt ?? now) < TELL_LIMIT_MS ? ["instruct", 0] : ["remove", 0];
  const left = detail.report?.leftovers;
  return (left && isEmpty(left)) || now - (detail.emptyingSince ?? now) >= EMPTY_LIMIT_MS ? ["remove", 0] : ["ask", SOON_MS];
}

/** Not before every call that could still make it has landed or died. */
function check({ detail: { creatingUntil } }: Resource, now: number): Step {
  return creatingUntil === undefined || creatingUntil <= now ? ["check", 0] : undefined;
}
