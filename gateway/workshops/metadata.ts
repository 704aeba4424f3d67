import { machineOfSeat } from "../../agent/contract/seats.ts";
import type { LearnerTable } from "../db/schema.ts";
import type { Whole, Workshop } from "./record.ts";

/**
 * What stands beside a machine in its cloud, for a gateway that lost its database: with the labels and the agent's own document it is
 * enough to make the record again. No key of anybody's is in it, but learners' reconnect codes are, in clear: whoever may read the project's
 * machines (or is root on this one) can take a learner's seat with one and the workshop's code.
 */
export function metadataOf({ workshop, learners }: Pick<Whole, "workshop" | "learners">, index: number): Record<string, string> {
  return {
    seats: String(workshop.seats),
    [SEATS_MAP]: seatsMapOf(learners, index),
    [RECORD]: JSON.stringify(recordOf(workshop)),
  };
}

export const SEATS_MAP = "seats-map";
export const RECORD = "clarateach-record";

/** A map without learners. */
export const NOBODY = "{}";

/** Reconnect codes and their seats, of the seats of machine `index`: `{"x7k2m":1}`. The same for the same learners. */
export function seatsMapOf(learners: readonly LearnerTable[], index: number): string {
  const sitting = learners.filter(({ seat, closed_at }) => closed_at === null && machineOfSeat(seat) === index);
  return JSON.stringify(Object.fromEntries(sitting.sort((a, b) => a.seat - b.seat).map(({ odehash, seat }) => [odehash, seat])));
}

/** By the machines' indexes. */
export function seatsMapsOf({ workshop, learners }: Pick<Whole, "workshop" | "learners">): Record<number, string> {
  const indexes = Array.from({ length: machineOfSeat(workshop.seats) }, (_, i) => i + 1);
  return Object.fromEntries(indexes.map((index) => [index, seatsMapOf(learners, index)]));
}

/** What the machine's document doesn't say. */
export type KeptRecord = Pick<
  Workshop,
  "owner" | "code" | "seats" | "hours" | "created_at" | "latest_end" | "environment" | "llm"
>;

/** The same once its definition was edited: what machines are made with says it as it was. */
export interface EditedRecord extends KeptRecord {
  edited?: { definition: string | null; document: number };
}

export const editedRecordOf = (workshop: Workshop): string =>
  JSON.stringify({
    ...recordOf(workshop),
    edited: { definition: workshop.definition, document: workshop.document },
  } satisfies EditedRecord);

const recordOf = ({ owner, code, seats, hours, created_at, latest_end, environment, llm }: Workshop): KeptRecord => ({
  ...{ owner, code, seats, hours, created_at, latest_end, environment, llm },
});
