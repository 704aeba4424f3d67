import { largest, NOTHING, sum } from "../../agent/contract/leftovers.ts";
import type { Leftovers } from "../../agent/contract/machine.ts";
import type { Costs } from "../../provision/cloud.ts";
import type { Receipt } from "../../views/workshop.ts";
import { finalCost } from "./costs.ts";
import { llmReceiptOf } from "./llm/show.ts";
import type { Held } from "./record.ts";
import type { Resource } from "./resource.ts";
import { type MachineRow, machinesOf } from "./resources/machine-row.ts";
import type { NameDetail } from "./resources/name.ts";

/** What was there and is gone: written only after everything was looked for again and not found. */
export function receiptOf(held: Held, learners: number, now: Date, costs?: Costs): Receipt {
  const { workshop, rows } = held;
  const cost = costs && finalCost(costs, held, now.getTime());
  const llm = llmReceiptOf(held);
  const machines = machinesOf(rows).filter((row) => existed(row) && !isAlone(row));
  const alone = machinesOf(rows).filter(isAlone);
  // One that never pointed anywhere isn't told.
  const names = rows.filter((row) => row.kind === "name" && (row as Resource<NameDetail>).detail.ip !== undefined);
  const secrets = rows.filter((row) => row.kind === "secret");
  const total = sum(machines.map(removedOf));
  const removed = { ...total, machines: machines.length, secrets: secrets.length };
  const items: Receipt["items"] = [
    { kind: "processes", count: removed.processes },
    { kind: "directories", count: removed.directories, bytes: removed.bytes },
    { kind: "sockets", count: removed.sockets },
    ...machines.map(({ name }) => ({ kind: "machine" as const, count: 1, name })),
    ...alone.map(({ name }) => ({ kind: "machine" as const, count: 1, name, alone: true as const })),
    ...names.map(({ name }) => ({ kind: "name" as const, count: 1, name })),
    ...secrets.map(({ name }) => ({ kind: "secret" as const, count: 1, name })),
  ];
  return {
    removedAt: new Date(Math.max(...rows.map(({ detail }) => detail.checkedAt ?? 0))).toISOString(),
    checkedAt: now.toISOString(),
    removed,
    items: items.filter(({ count }) => count > 0),
    learners,
    seconds: ranFor(workshop.ready_at, workshop.stop_at),
    ...(llm && { llm }),
    ...(cost && { cost }),
  };
}

/** A machine that was planned and never came isn’t named. */
const existed = ({ detail }: MachineRow): boolean => detail.before !== undefined || detail.removed !== undefined;

/** Nobody removed it but its cloud, at its end. */
const isAlone = ({ detail }: MachineRow): boolean => detail.alone === true && detail.removed === undefined;

/** What its seats held before the end, what its agent says it removed, or what the removal met, whichever is most. */
const removedOf = ({ detail: { before = NOTHING, report, removed = NOTHING } }: MachineRow): Leftovers =>
  largest([before, report?.removed ?? NOTHING, removed]);

function ranFor(readyAt: string | null, stopAt: string | null): number {
  return readyAt && stopAt ? Math.round((Date.parse(stopAt) - Date.parse(readyAt)) / 1000) : 0;
}
