import type { JournalTable, LearnerTable, SeatTable } from "../db/schema.ts";
import type { Resource } from "./resource.ts";
import type { Workshop } from "./workshop.ts";

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
