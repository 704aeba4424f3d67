import type { Resource } from "./resource.ts";
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

/** A machine of a cloud takes 1 to 3 minutes, no step of its seats as long; what hasn't moved for longer than this won't come. */
export const START_LIMIT_MS = 10 * 60_000;
/** The same call failing for so long while starting: give up and say why. */
const TROUBLE_LIMIT_MS = 30_000;
/** Packing is tried again this long before the instructor is asked. */
const PACK_LIMIT_MS = 20_000;
/** Nobody chose: after a day the machine goes without an archive. */
const CHOICE_LIMIT_MS = 24 * 3_600_000;

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
  // A certificate of a start before, when there was a domain, is on its way out.
  const rows = subject.rows.filter((row) => row.wanted === "present");
  for (const row of rows) {
    const reason = kindOf(row).whyFailed(row, now) ?? whyGivenUp(row, now);
    if (reason) return { kind: "failed", reason };
  }
  if (rows.every((row) => kindOf(row).isReady(row, subject))) return { kind: "ready" };
  const moved = Math.max(subject.startedAt ?? now, ...subject.rows.map(({ detail }) => detail.movedAt ?? 0));
  return now - moved < START_LIMIT_MS ? undefined : { kind: "failed", reason: whyLate(subject) };
}

/** Says where it stopped, and what failed meanwhile. */
function whyLate({ rows }: Subject): string {
  const trouble = rows.map((row) => row.detail.trouble?.message).find((message) => message);
  const at = rows.map((row) => kindOf(row).doing?.(row)).find((summary) => summary);
  const where = at ? `, last at “${at}”` : "";
  return `Nothing moved for ${START_LIMIT_MS / 60_000} minutes${where}. ${trouble ?? ""}`.trim();
}

function whyGivenUp({ detail: { trouble } }: Resource, now: number): string | undefined {
  if (!trouble) return undefined;
  return trouble.definite || now - trouble.since >= TROUBLE_LIMIT_MS ? trouble.message : undefined;
}

function concludeWork(subject: Subject, now: number): Conclusion | undefined {
  if (subject.work !== "wanted") return undefined;
  const open = subject.rows.filter((row) => kindOf(row).holdsWork?.(row));
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

function actionsFor(row: Resource, subject: Subject, now: number): Action[] {
  const call = callFor(row, subject, now);
  return call ? [{ kind: call[0], resource: row.kind, idx: row.idx, pauseMs: call[1] }] : [];
}

function callFor(row: Resource, subject: Subject, now: number): NextCall {
  if (row.observed === "unknown") return ["look", 0];
  if (row.wanted === "present") return kindOf(row).make(row, subject);
  if (row.observed === "absent") return row.detail.checkedAt === undefined ? check(row, now) : undefined;
  return row.observed === "stopping" ? ["look", SOON_MS] : kindOf(row).unmake(row, subject, now);
}

/** Not before every call that could still make it has landed or died. */
function check({ detail: { creatingUntil } }: Resource, now: number): NextCall {
  return creatingUntil === undefined || creatingUntil <= now ? ["check", 0] : undefined;
}
