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
  /** `europe-west4-a` */
  place?: string;
  plane?: { host: string; port: number };
  endpoint?: string;
  url?: string;
  ip?: string;
  /** Its cloud removes it by itself then, about; milliseconds since 1970. */
  endsBy?: number;
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
  /** Who sits where, as its cloud was told last; undefined: as it was made. */
  seatsMap?: string;
  /** It is asked how it does before that is told again: those who come within two seconds are told together. */
  seatsMapWaits?: true;
  /** The record that its cloud holds has the definition before. */
  edited?: true;
  /** What seats held before they were removed: for the receipt. */
  before?: Leftovers;
  /** It was gone before anybody removed it: its cloud did, at its end. */
  alone?: true;
  removed?: Leftovers;
  packed?: true;
  /** Where it costs money by the hour: what it is, since when, and when its cloud deletes it by itself. */
  rented?: RentedMachine;
  /** The same of machines of this index that are gone; `until`: that was seen then. */
  rentedBefore?: (RentedMachine & { until: number })[];
  /** Since when it has been asked to remove its seats. */
  emptyingSince?: number;
}

type RentedMachine = NonNullable<FoundMachine["rented"]> & { endsBy?: number };

export type MachineRow = Resource<MachineDetail>;
export const machinesOf = (rows: readonly Resource[]): MachineRow[] => rows.filter(({ kind }) => kind === "machine");
/** Machine `idx` of a workshop. */
export const machineAt = (rows: readonly Resource[], index: number): MachineRow | undefined =>
  machinesOf(rows).find(({ idx }) => idx === index);

/** As if no machine had said anything: one whose report can't be read holds nothing else up. */
export function withoutReports<W extends { rows: Resource[] }>(whole: W): W {
  const rows = whole.rows.map((row) => {
    const { report: _, ...detail } = row.detail as MachineDetail;
    return { ...row, detail };
  });
  return { ...whole, rows };
}

/** A cloud counts from when it made the machine, by its own clock. */
const END_TOLERANCE_MS = 60_000;

/** Whether its cloud removed one that is gone. */
export const wentAlone = ({ endsBy }: MachineDetail, now: number): boolean =>
  endsBy !== undefined && now >= endsBy - END_TOLERANCE_MS;

/** When the first of them goes by itself; undefined: none does. */
export function machinesEndOf(rows: readonly MachineRow[]): number | undefined {
  const ends = rows.flatMap(({ observed, detail }) => (observed === "absent" ? [] : (detail.endsBy ?? [])));
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

export const isEmptied = ({ detail: { report } }: MachineRow): boolean => report !== undefined && isEmpty(report.leftovers);

/** Its agent says goodbye: what learners reach it by stays as long. */
export function tellsLearners(machine: MachineRow | undefined): boolean {
  if (!machine || machine.observed === "unknown") return machine !== undefined;
  return machine.observed === "running" && machine.detail.certificate !== undefined && !isEmptied(machine);
}

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
export function seen(found: FoundMachine): Found<MachineDetail> {
  const { status, place, plane, endpoint, url, ip, rented, endsBy, detail: problem } = found;
  const where = {
    ...(place && { place }),
    ...(plane && { plane }),
    ...(endpoint && { endpoint }),
    ...(url && { url }),
    ...(ip && { ip }),
    ...(endsBy !== undefined && { endsBy }),
  };
  const paid = rented && { rented: { ...rented, ...(endsBy !== undefined && { endsBy }) } };
  return { status, detail: { ...where, ...paid }, ...(problem && { problem }) };
}

/** What it cost stays, and what those before it did. @param now when it was seen to be gone */
export function rentedUntil({ rented, rentedBefore = [] }: MachineDetail, now: number): Pick<MachineDetail, "rentedBefore"> {
  const all = [...rentedBefore, ...(rented ? [{ ...rented, until: now }] : [])];
  return all.length > 0 ? { rentedBefore: all } : {};
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
export function asked(
  { keyWaits: _, seatsMapWaits: __, ...detail }: MachineDetail,
  report: MachineReport,
  now: number,
): MachineDetail {
  return { ...detail, report, movedAt: movedAt(detail, report, now) };
}
