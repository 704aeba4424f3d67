import { machineOfSeat } from "../../agent/contract/seats.ts";
import type { Whole } from "./record.ts";
import type { Resource } from "./resource.ts";
import { kindOf } from "./resources/kinds.ts";
import type { Subject } from "./subject.ts";

/** What was made by a start, machine by machine: each with its name and its certificate, where it has them. */
export const byMachine = (rows: readonly Resource[]): Map<number, Resource[]> =>
  Map.groupBy(
    rows.filter((row) => row.wanted === "present" && kindOf(row).belongsTo === "start"),
    ({ idx }) => idx,
  );

/** Indexes of the machines that learners may be sent to: all of theirs is ready. */
export function openMachines(subject: Pick<Subject, "rows" | "document">): Set<number> {
  const open = [...byMachine(subject.rows)].filter(([, rows]) => rows.every((row) => kindOf(row).isReady(row, subject)));
  return new Set(open.map(([idx]) => idx));
}

/** Whether a seat of this machine that is ready may be offered. One that was open once stays so: what is renewed takes nobody's seat. */
export function isOpen({ workshop, rows, seats, learners }: Whole, idx: number): boolean {
  const isOwn = ({ seat }: { seat: number }) => machineOfSeat(seat) === idx;
  const wasOpen = seats.some((seat) => isOwn(seat) && seat.ready === 1) || learners.some(isOwn);
  return wasOpen || openMachines({ rows, document: workshop.document }).has(idx);
}
