import { chooseUntil, holdingWork } from "./choice.ts";
import { byMachine, openMachines } from "./open-machines.ts";
import { hasLanded, type Resource } from "./resource.ts";
import { type NextCall, SOON_MS } from "./resources/kind.ts";
import { kindOf } from "./resources/kinds.ts";
import type { Subject } from "./subject.ts";

export interface Action {
  kind: string;
  /** Its kind. */
  resource: string;
  idx: number;
  /** Not sooner than this after it was done last. */
  pauseMs: number;
}

export type Conclusion =
  | { kind: "ready" }
  /** `of`: the resource that it failed at, where it is one. */
  | { kind: "failed"; reason: string; of?: Pick<Resource, "kind" | "idx"> }
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

/** A machine of a cloud takes 1 to 3 minutes, no step of its seats as long; what hasn't moved for longer than this won't come. */
export const START_LIMIT_MS = 10 * 60_000;
/** Machines are made side by side. Once one has been ready for so long, its learners don't wait for the others any more. */
export const OTHERS_LIMIT_MS = 2 * 60_000;
/** Packing is tried again this long before the instructor is asked. */
const PACK_LIMIT_MS = 20_000;

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

/** Rows that must be gone: a failed start keeps what belongs to the record. */
function ownedUntil({ goal, rows }: Subject): Resource[] {
  return goal === "gone" ? rows : rows.filter((row) => kindOf(row).belongsTo === "start");
}

function concludeStart(subject: Subject, now: number): Conclusion | undefined {
  const shared = subject.rows.filter((row) => kindOf(row).belongsTo === "record");
  const lacking = whyFailed(shared, subject, now);
  if (lacking) return { kind: "failed", ...lacking };
  const machines = [...byMachine(subject.rows)].map(([idx, rows]) => ({ idx, rows, failed: whyFailed(rows, subject, now) }));
  const [first] = machines;
  if (first?.failed && machines.every(({ failed }) => failed)) return { kind: "failed", ...first.failed };
  const open = openMachines(subject);
  const waiting = machines.filter(({ idx, failed }) => !open.has(idx) && !failed);
  const begins = open.size > 0 && shared.every((row) => kindOf(row).isReady(row, subject));
  if (begins && (waiting.length === 0 || now - openSince(machines, open) >= OTHERS_LIMIT_MS)) return { kind: "ready" };
  if (subject.rows.some((row) => kindOf(row).waits?.(row))) return undefined;
  const moved = Math.max(subject.startedAt ?? now, ...subject.rows.map(({ detail }) => detail.movedAt ?? 0));
  return now - moved < START_LIMIT_MS ? undefined : { kind: "failed", reason: whyLate(subject) };
}

/** @returns the first that failed, and why */
function whyFailed(
  rows: readonly Resource[],
  subject: Subject,
  now: number,
): { reason: string; of: Pick<Resource, "kind" | "idx"> } | undefined {
  for (const row of rows) {
    const reason = kindOf(row).whyFailed(row, now) ?? whyGivenUp(row, subject, now);
    if (reason) return { reason, of: { kind: row.kind, idx: row.idx } };
  }
  return undefined;
}

/** When the first machine got ready: nothing of it moved afterwards. */
function openSince(machines: readonly { idx: number; rows: readonly Resource[] }[], open: ReadonlySet<number>): number {
  const own = machines.filter(({ idx }) => open.has(idx));
  return Math.min(...own.map(({ rows }) => Math.max(0, ...rows.map(({ detail }) => detail.movedAt ?? 0))));
}

/** Says where it stopped, and what failed meanwhile. */
function whyLate({ rows }: Subject): string {
  const trouble = rows.map((row) => row.detail.trouble?.message).find((message) => message);
  const at = rows.map((row) => kindOf(row).doing?.(row)).find((summary) => summary);
  const where = at ? `, last at “${at}”` : "";
  return `Nothing moved for ${START_LIMIT_MS / 60_000} minutes${where}. ${trouble ?? ""}`.trim();
}

function whyGivenUp({ detail: { trouble } }: Resource, { troubleMs }: Subject, now: number): string | undefined {
  if (!trouble) return undefined;
  return trouble.definite || now - trouble.since >= troubleMs ? trouble.message : undefined;
}

function concludeWork(subject: Subject, now: number): Conclusion | undefined {
  if (subject.work !== "wanted") return undefined;
  const open = holdingWork(subject.rows);
  if (open.length === 0) return { kind: "packed" };
  if (subject.workProblem) return now >= chooseUntil(subject.stopAt ?? now, subject.rows) ? { kind: "packed" } : undefined;
  // What another machine is still packing must not be given up by a choice about this one.
  if (!open.every((row) => isStuck(row, subject, now))) return undefined;
  return { kind: "unpackable", reason: open.map(whyUnpackable).join(" ") };
}

const whyUnpackable = ({ name, detail: { trouble, problem } }: Resource): string =>
  trouble?.message ?? problem ?? `The machine ${name} doesn't answer.`;

function isStuck({ detail: { trouble }, observed }: Resource, { stopAt }: Subject, now: number): boolean {
  if (trouble && trouble.action !== "look") return now - trouble.since >= PACK_LIMIT_MS;
  return observed !== "running" && observed !== "unknown" && now - (stopAt ?? now) >= PACK_LIMIT_MS;
}

function actionsFor(row: Resource, subject: Subject, now: number): Action[] {
  const call = callFor(row, subject, now);
  return call ? [{ kind: call[0], resource: row.kind, idx: row.idx, pauseMs: call[1] }] : [];
}

function callFor(row: Resource, subject: Subject, now: number): NextCall {
  if (row.observed === "unknown") return ["look", 0];
  // It wasn't there before a call that may have made it since.
  if (row.observed === "absent" && row.wanted === "present" && hasLanded(row, now)) return ["look", 0];
  if (row.wanted === "present") return kindOf(row).make(row, subject, now);
  if (row.observed === "absent") return row.detail.checkedAt === undefined ? check(row, now) : undefined;
  return row.observed === "stopping" ? ["look", SOON_MS] : kindOf(row).unmake(row, subject, now);
}

/** Not before every call that could still make it has landed or died. */
function check({ detail: { creatingUntil } }: Resource, now: number): NextCall {
  return creatingUntil === undefined || creatingUntil <= now ? ["check", 0] : undefined;
}
