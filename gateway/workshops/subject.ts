import type { Held } from "./record.ts";
import type { Resource } from "./resource.ts";
import { type Goal, goalOf, type WorkshopState } from "./workshop.ts";

/** What the plan looks at: a workshop's row and its resources. Times in milliseconds since 1970. */
export interface Subject {
  state: WorkshopState;
  goal: Goal;
  /** Revision of the document its machines should have taken. */
  document: number;
  /** Of the sealed key: machines that have an older one are given it. */
  keyVersion: number;
  /** Digest of the starter files. */
  starter?: string;
  /** Digest of the archive with the definition's own SDKs. */
  definitionArchive?: string;
  work: "none" | "wanted" | "packed" | "skipped";
  /** The work could not be packed; the instructor chooses what next. */
  workProblem: boolean;
  startedAt?: number;
  stopAt?: number;
  endsAt?: number;
  /** Every seat may be offered; false after one was freed, until its machine reports it fresh and ready. */
  seatsReady: boolean;
  rows: Resource[];
}

export function subjectOf({ workshop, rows }: Held, seatsReady: boolean): Subject {
  const { state, document, work } = workshop;
  const starter = workshop.starter?.digest;
  const definitionArchive = workshop.environment?.archive?.digest;
  const [startedAt, stopAt, endsAt] = [workshop.started_at, workshop.stop_at, workshop.ends_at].map((at) =>
    at ? Date.parse(at) : undefined,
  );
  return {
    state,
    goal: goalOf(state, { failure: workshop.failure !== null, receipt: workshop.receipt !== null }),
    document,
    keyVersion: workshop.llm.keyVersion,
    work,
    workProblem: workshop.work_problem !== null,
    seatsReady,
    rows,
    ...(starter !== undefined && { starter }),
    ...(definitionArchive !== undefined && { definitionArchive }),
    ...(startedAt !== undefined && { startedAt }),
    ...(stopAt !== undefined && { stopAt }),
    ...(endsAt !== undefined && { endsAt }),
  };
}
