import type { ArchiveView, Receipt, StarterView } from "../../views/workshop.ts";
import type { JournalTable, LearnerTable, SeatTable, WorkshopTable } from "../db/schema.ts";
import type { Resource } from "./resource.ts";

/** A workshop's record: its row, with what is kept as JSON parsed. */
export interface Workshop extends Omit<WorkshopTable, "archive" | "starter" | "receipt"> {
  /** Null when there is none (any more). */
  archive: ArchiveView | null;
  starter: StarterView | null;
  receipt: Receipt | null;
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
}
