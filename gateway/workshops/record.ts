import type { MachineReport } from "../../agent/contract/machine.ts";
import type { ArchiveView, EnvironmentView, Receipt, StarterView } from "../../views/workshop.ts";
import type { CheckTable, JournalTable, LearnerTable, SeatTable, WorkshopTable } from "../db/schema.ts";
import type { LlmRecord } from "./llm/wish.ts";
import type { Resource } from "./resource.ts";

/** A workshop's record: its row, with what is kept as JSON parsed. */
export interface Workshop extends Omit<WorkshopTable, "archive" | "environment" | "starter" | "receipt" | "llm"> {
  /** Null when there is none (any more). */
  archive: ArchiveView | null;
  /** Null where an earlier release made it. */
  environment: EnvironmentView | null;
  starter: StarterView | null;
  receipt: Receipt | null;
  llm: LlmRecord;
}

/** A workshop and what it owns, as one transaction sees them. */
export interface Held {
  workshop: Workshop;
  rows: Resource[];
}

/** All that is known of one workshop. */
export interface Whole extends Held {
  seats: SeatTable[];
  learners: LearnerTable[];
  journal: JournalTable[];
  /** Of their networks, by browsers; oldest first. */
  checks: CheckTable[];
}

/** What machine `idx` said last, and whether it answered when last asked. */
export type Seen = (idx: number) => { report: MachineReport | undefined; answers: boolean };
