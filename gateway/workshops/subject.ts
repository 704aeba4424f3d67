import type { Cloud } from "../../provision/cloud.ts";
import { seatsMapsOf } from "./metadata.ts";
import type { Whole } from "./record.ts";
import type { Resource } from "./resource.ts";
import { type Goal, goalOf, keyNeededUntil, type WorkshopState } from "./workshop.ts";

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
  /** The same call failing for so long while starting: it is given up, and the reason told. */
  troubleMs: number;
  /** So long one call that makes a machine may take to land. */
  createMs: number;
  /** Where the cloud holds copies of who sits where: what should stand there, by the machines' indexes. */
  seatsMaps?: Readonly<Record<number, string>>;
  /** Where sealed keys have an end: until when a class that runs needs its own. */
  keyNeededUntil?: number;
}

/** What a cloud can do and how long it takes. */
export interface CloudTraits extends Pick<Cloud, "patience"> {
  machines: Pick<Cloud["machines"], "write">;
  secrets: Pick<Cloud["secrets"], "keepUntil">;
}

export function subjectOf(
  { workshop, rows, learners }: Pick<Whole, "workshop" | "rows" | "learners">,
  seatsReady: boolean,
  cloud: CloudTraits,
): Subject {
  const { state, document, work } = workshop;
  const starter = workshop.starter?.digest;
  const definitionArchive = workshop.environment?.archive?.digest;
  const { troubleMs, createMs } = cloud.patience;
  const needed = keyNeededUntil(workshop);
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
    ...{ troubleMs, createMs },
    ...(starter !== undefined && { starter }),
    ...(definitionArchive !== undefined && { definitionArchive }),
    ...(startedAt !== undefined && { startedAt }),
    ...(stopAt !== undefined && { stopAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(state === "running" && cloud.machines.write && { seatsMaps: seatsMapsOf({ workshop, learners }) }),
    ...(state === "running" && cloud.secrets.keepUntil && needed !== undefined && { keyNeededUntil: needed }),
  };
}
