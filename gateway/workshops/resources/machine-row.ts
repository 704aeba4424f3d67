import { Problem } from "../../../agent/contract/errors.ts";
import { isEmpty, largest, NOTHING } from "../../../agent/contract/leftovers.ts";
import type { Leftovers, MachineReport } from "../../../agent/contract/machine.ts";
import type { FoundMachine } from "../../../provision/cloud.ts";
import type { MachineAddress } from "../../agents/client.ts";
import type { Spent } from "../llm/usage.ts";
import type { Detail, Found, Resource } from "../resource.ts";
import { movedAt } from "./progress.ts";

/** What is kept of a machine. */
export interface MachineDetail extends Detail {
  plane?: { host: string; port: number };
  endpoint?: string;
  url?: string;
  ip?: string;
  /** PEM, pinned at the first contact for good. */
  certificate?: string;
  /** Digest of the starter files it holds. */
  starter?: string;
  /** Digest of the definition's archive it holds. */
  definition?: string;
  /** Revision of the last document it took. */
  acknowledged?: number;
  /** As seen last. */
  report?: MachineReport;
  /** What seats used of the key on machines of this index that are gone. */
  spent?: Spent;
  /** The key that it holds in its memory, and the start of the agent whose memory that is. */
  key?: { version: number; agent: string };
  /** Why it could not be handed over. */
  keyProblem?: string;
  /** It is asked how it does before that is tried again. */
  keyWaits?: true;
  /** What seats held before they were removed: for the receipt. */
  before?: Leftovers;
  removed?: Leftovers;
  packed?: true;
  /** Since when it has been asked to remove its seats. */
  emptyingSince?: number;
}

export type MachineRow = Resource<MachineDetail>;
export const machinesOf = (rows: readonly Resource[]): MachineRow[] => rows.filter(({ kind }) => kind === "machine");

export const isEmptied = ({ detail: { report } }: MachineRow): boolean => report !== undefined && isEmpty(report.leftovers);

/** Of a machine that runs and was greeted. */
export function addressOf(row: MachineRow): MachineAddress {
  if (!row.detail.certificate) throw new Problem("UNAVAILABLE", `The machine ${row.name} was not greeted yet.`);
  return { name: row.name, plane: planeOf(row), certificate: row.detail.certificate };
}

export function planeOf(row: MachineRow): MachineAddress["plane"] {
  if (!row.detail.plane) throw new Problem("UNAVAILABLE", `The machine ${row.name} has no address yet.`);
  return row.detail.plane;
}

/** What the cloud says of a machine. */
export function seen({ status, plane, endpoint, url, ip, detail: problem }: FoundMachine): Found<MachineDetail> {
  const where = { ...(plane && { plane }), ...(endpoint && { endpoint }), ...(url && { url }), ...(ip && { ip }) };
  return { status, detail: where, ...(problem && { problem }) };
}

/** What is known after a machine took a document. @param before what it held, counted before its end; `emptying`: it removes its seats now */
export function instructed(
  detail: MachineDetail,
  document: { revision: number; emptying: boolean },
  { report, before = detail.before }: { report: MachineReport; before?: Leftovers | undefined },
  now: number,
): MachineDetail {
  return {
    ...detail,
    acknowledged: Math.max(detail.acknowledged ?? 0, document.revision),
    report,
    movedAt: movedAt(detail, report, now),
    ...(before && { before }),
    ...(document.emptying && { emptyingSince: detail.emptyingSince ?? now }),
  };
}

/** What is known after its removal was asked for: whatever was counted twice was there once. */
export const removed = (detail: MachineDetail, counts: Leftovers): MachineDetail => ({
  ...detail,
  removed: largest([detail.removed ?? NOTHING, counts]),
});

/** What is known after it was asked how it does. */
export function asked({ keyWaits: _, ...detail }: MachineDetail, report: MachineReport, now: number): MachineDetail {
  return { ...detail, report, movedAt: movedAt(detail, report, now) };
}
