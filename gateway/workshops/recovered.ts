import type { MachineDocument, MachineReport } from "../../agent/contract/machine.ts";
import { machineOfSeat, seatName } from "../../agent/contract/seats.ts";
import type { FoundMachine } from "../../provision/cloud.ts";
import type { LearnerTable, SeatTable } from "../db/schema.ts";
import { type EditedRecord, NOBODY, RECORD, SEATS_MAP } from "./metadata.ts";
import { codeKey } from "./names.ts";
import type { Whole, Workshop } from "./record.ts";
import { type Resource, wanted } from "./resource.ts";
import type { PublicNames } from "./resources/kind.ts";
import { KINDS } from "./resources/kinds.ts";
import { type MachineDetail, seen } from "./resources/machine-row.ts";
import { latestClassEnd } from "./workshop.ts";

/** What is left of a workshop whose record is lost: one of its machines. */
export interface Remains {
  machine: FoundMachine;
  /** As the gateway made it with. */
  boot: MachineDocument;
  /** Its agent's, of this machine; of one that doesn't answer, the boot copy. */
  document: MachineDocument;
  /** Of the boot copy: by it the machine can be greeted again. */
  nonce: string;
  /** Missing: its agent doesn't answer. */
  answer?: { certificate: string; report: MachineReport };
}

/** Documents that an agent which doesn't answer may have taken since its boot copy: ours must be newer. */
const UNSEEN_DOCUMENTS = 1000;

/** Whether a record may be made of it: where somebody sits, only the agent knows what it was told. */
export const mayRecover = (remains: readonly Remains[]): boolean =>
  remains.every(({ answer, machine }) => answer !== undefined || (machine.metadata?.[SEATS_MAP] ?? NOBODY) === NOBODY);

/**
 * The record again, as far as labels, metadata and the agents' documents say it: the driver looks at all of it anew. What nothing says is
 * lost: learners' names and the journal. @param remains of one workshop, at least one @throws when its metadata isn't whole
 */
export function recovered(remains: readonly Remains[], publicNames: PublicNames | undefined, now: Date): Whole {
  const workshop = workshopOf(remains, now);
  const rows = Object.entries(KINDS).flatMap(([kind, { names }]) =>
    names(workshop, publicNames).map((name, i) => rowOf(wanted(kind, i + 1, name, 1), remains)),
  );
  const seats = Array.from({ length: workshop.seats }, (_, i) => seatOf(workshop.id, i + 1, remains));
  const learners = remains.flatMap(({ machine }) => learnersOf(machine, seats, now));
  return { workshop, rows, seats, learners, journal: [], checks: [] };
}

function workshopOf(remains: readonly Remains[], now: Date): Workshop {
  const [{ machine, boot, document } = fail("nothing is left of it")] = remains;
  const { edited, ...kept } = newestRecord(remains);
  const answers = remains.every(({ answer }) => answer !== undefined);
  const ending = remains.some(({ document }) => document.phase === "ending");
  const unseen = answers ? 1 : UNSEEN_DOCUMENTS;
  const { starter } = document;
  const latest_end = kept.latest_end ?? null;
  return {
    ...{ ...kept, id: machine.workshop, name: boot.workshop.name, code_key: codeKey(kept.code) ?? kept.code },
    ...{ definition: edited.definition, definition_written: null },
    // One that doesn't answer is still being made: that goes on, or is undone.
    state: ending ? "stopping" : answers ? "running" : "provisioning",
    ...{
      revision: 1,
      document: Math.max(...remains.map(({ document }) => document.revision)) + unseen,
      attempt: 1,
      failure: null,
    },
    work: remains.some(({ document }) => document.keepFiles) ? "wanted" : "none",
    starter: starter ? { ...starter, bytes: 0 } : null,
    ...{ work_problem: null, archive: null, receipt: null, started_at: kept.created_at },
    ready_at: answers ? now.toISOString() : null,
    ...{ starts_at: null, planned_end: null, ends_at: endOf(document, { ends_at: boot.endsAt, latest_end }), latest_end },
    stop_at: ending ? now.toISOString() : null,
    ...{ stopped_at: null, lease_holder: null, lease_until: null },
  };
}

/** As edited last; a machine that was made since then was made with that. Never by what an agent says, which may have been taken over. */
function newestRecord(remains: readonly Remains[]): Required<EditedRecord> {
  const records = remains.map(({ machine, boot }) => {
    const text = machine.metadata?.[RECORD] ?? fail(`the machine ${machine.name} has no record in its metadata`);
    const made = { definition: boot.definition ?? null, document: boot.revision };
    return { edited: made, ...(JSON.parse(text) as EditedRecord) };
  });
  return records.reduce((newest, one) => (one.edited.document > newest.edited.document ? one : newest));
}

/** It may have been moved since the start, as far as a class can go on. */
function endOf({ endsAt }: MachineDocument, ends: Parameters<typeof latestClassEnd>[0]): string {
  const end = Date.parse(endsAt);
  return new Date(Math.min(end, latestClassEnd(ends) ?? end)).toISOString();
}

/** Nothing is known of it but what its cloud and its machine said. Learners may come at once: they need its address. */
function rowOf(row: Resource, remains: readonly Remains[]): Resource {
  const own = remains.find(({ machine }) => machine.name === row.name);
  if (row.kind !== "machine" || !own) return row;
  const { document, nonce, answer, machine } = own;
  const detail: MachineDetail = {
    ...seen(machine).detail,
    ...{ nonce, requestId: crypto.randomUUID(), seen: true },
    ...(answer && { certificate: answer.certificate, report: answer.report }),
    ...(answer && document.starter && { starter: document.starter.digest }),
    ...(answer && document.definitionArchive && { definition: document.definitionArchive.digest }),
  };
  return { ...row, detail };
}

/** As its own machine has it: another knows nothing of it. */
function seatOf(workshop: string, seat: number, remains: readonly Remains[]): SeatTable {
  const { document, answer } = remains.find(({ boot }) => boot.machineIndex === machineOfSeat(seat)) ?? {};
  const { generation = 1, freshSince = 1 } = document?.seats.find((one) => one.seat === seat) ?? {};
  const report = answer?.report.seats.find((one) => one.seat === seat);
  const ready = report?.status === "ready" && report.generation === generation ? 1 : 0;
  return { workshop, seat, generation, fresh_since: freshSince, ready };
}

/** Who comes back by code or page is who has the reconnect code; names are nowhere but in the record that is lost. */
function learnersOf({ workshop, metadata }: FoundMachine, seats: readonly SeatTable[], now: Date): LearnerTable[] {
  const map = JSON.parse(metadata?.[SEATS_MAP] ?? NOBODY) as Record<string, number>;
  const at = now.toISOString();
  return Object.entries(map).map(([odehash, seat]) => ({
    ...{ id: crypto.randomUUID(), workshop, seat, odehash, name: `Seat ${seatName(seat)}` },
    generation: seats.find((one) => one.seat === seat)?.generation ?? 1,
    ...{ joined_at: at, entered_at: at, address: null, closed_at: null, why: null },
  }));
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
