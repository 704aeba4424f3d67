import type { ArchiveFolder } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import type { LearnerTable } from "../db/schema.ts";
import { folderName } from "./names.ts";

/** Whose work is to be kept: whoever sat there last, as the work of a freed seat was wiped with it. A folder a seat, of all machines. */
export function foldersOf(learners: readonly LearnerTable[]): ArchiveFolder[] {
  const last = new Map(learners.filter(({ why }) => why !== "freed").map((learner) => [learner.seat, learner]));
  return [...last.values()].map(({ seat, name }) => ({ seat, folder: folderName(seatName(seat), name) }));
}
