import { worthOf } from "../../../agent/contract/llm-counts.ts";
import { machineOfSeat } from "../../../agent/contract/seats.ts";
import type { Held } from "../record.ts";
import { machineAt } from "../resources/machine-row.ts";
import { allSpent, spentWith } from "./usage.ts";
import type { LlmRecord, Part } from "./wish.ts";

/** A machine as the allotment sees it. */
export interface Share {
  /** Its part now. */
  part: number;
  /** The most that may be in force on it, at least its part. `Infinity`: it has no cap yet. */
  held: number;
  /** As it reported last. */
  used: number;
}

/** Less isn't worth a document: a short answer of the smaller models. */
const LEAST_MOVE_USD = 0.01;
/** A machine that has less than this of an even share left is given more. */
const LOW = 0.25;

/**
 * New parts of a cap: an even share of what is left, on top of what each used. A part goes down at once, and up only by what no other machine
 * may still have, so that moving money never lets the class pass its cap.
 */
export function allot(cap: number, shares: readonly Share[]): number[] {
  const wanted = evenly(cap, shares);
  const kept = shares.map(({ held }, i) => Math.min(wanted[i] ?? 0, held));
  const free = cap - shares.reduce((sum, { held }) => sum + held, 0);
  const missing = kept.reduce((sum, part, i) => sum + (wanted[i] ?? 0) - part, 0);
  const given = missing > 0 ? Math.min(1, Math.max(0, free) / missing) : 0;
  return kept.map((part, i) => part + ((wanted[i] ?? 0) - part) * given);
}

/** Past the cap, by answers that were under way when it was reached, nobody has anything left. */
function evenly(cap: number, shares: readonly Share[]): number[] {
  const used = usedOf(shares);
  const even = (cap - used) / shares.length;
  return shares.map((share) => (used < cap ? share.used + even : used > 0 ? (share.used * cap) / used : 0));
}

const usedOf = (shares: readonly Share[]): number => shares.reduce((sum, { used }) => sum + used, 0);

/** Whether other parts are worth a document: one runs short, some of the cap is nobody's, or more than the cap was given out. */
export function isDue(cap: number, shares: readonly Share[]): boolean {
  const change = Math.max(...allot(cap, shares).map((part, i) => Math.abs(part - (shares[i]?.part ?? 0))));
  if (change < LEAST_MOVE_USD) return false;
  const unallotted = cap - shares.reduce((sum, { part }) => sum + part, 0);
  const low = ((cap - usedOf(shares)) / shares.length) * LOW;
  return Math.abs(unallotted) >= LEAST_MOVE_USD || shares.some(({ part, used }) => part - used < low);
}

/** The workshop with other parts of its cap; undefined: they are right as they are. */
export function allottedAnew(held: Held): Held | undefined {
  const { workshop, rows } = held;
  const { workshopUsd: cap } = workshop.llm;
  if (cap === null) return undefined;
  const shares = sharesOf(held);
  if (!isDue(cap, shares)) return undefined;
  const since = workshop.document + 1;
  const parts = allot(cap, shares).map((usd, i): [number, Part] => {
    const before = Math.max(usd, shares[i]?.held ?? 0);
    return [i + 1, { usd, held: Number.isFinite(before) ? before : null, since }];
  });
  const llm: LlmRecord = { ...workshop.llm, allotted: Object.fromEntries(parts) };
  return { workshop: { ...workshop, llm, document: since }, rows };
}

function sharesOf({ workshop, rows }: Held): Share[] {
  return Array.from({ length: machineOfSeat(workshop.seats) }, (_, i) => {
    const row = machineAt(rows, i + 1);
    const { acknowledged = 0, spent, report } = row?.detail ?? {};
    const known = workshop.llm.allotted[i + 1];
    const part = known?.usd ?? 0;
    const isThere = row !== undefined && row.observed !== "absent";
    const before = known ? (known.held ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const settled = !isThere || acknowledged >= (known?.since ?? Number.POSITIVE_INFINITY);
    return { part, held: settled ? part : Math.max(part, before), used: worthOf(allSpent(spentWith(spent, report?.llm))) };
  });
}
