import type { Kysely, Transaction } from "kysely";
import type { Resource } from "../workshops/resource.ts";
import type { WorkshopState } from "../workshops/workshop.ts";

/** Portable types only: text ids, ISO 8601 UTC times as text, integers for booleans, JSON as text. SQLite now, PostgreSQL as it is. */
export interface Tables {
  workshops: WorkshopTable;
  seats: SeatTable;
  learners: LearnerTable;
  browsers: BrowserTable;
  checks: CheckTable;
  resources: ResourceTable;
  journal: JournalTable;
  instructors: { id: string; name: string; created_at: string };
  sessions: { digest: string; instructor: string; created_at: string; expires_at: string };
  sign_in_links: { digest: string; instructor: string; expires_at: string; used: number };
}

export interface WorkshopTable {
  id: string;
  owner: string;
  code: string;
  /** The code as it is looked up: letters and digits only, upper case. */
  code_key: string;
  name: string;
  seats: number;
  hours: number;
  /** The normalized workshop.yaml; null: the default. */
  definition: string | null;
  /** As its author wrote it, with the comments: for whoever edits it. Null: the default, or one that an earlier release kept. */
  definition_written: string | null;
  /** JSON `EnvironmentView`: what the definition installs. */
  environment: string | null;
  state: WorkshopState;
  /** Goes up with every write to anything of this workshop: lock, version and change signal in one. */
  revision: number;
  /** Revision of the machine document: goes up when machines must hear of a change. */
  document: number;
  /** Which start this is. Resources and journal of another one don't count. */
  attempt: number;
  failure: string | null;
  /** Everyone's work at the end: not asked for, to be packed, packed, or given up. */
  work: "none" | "wanted" | "packed" | "skipped";
  work_problem: string | null;
  /** JSON `ArchiveView`; null when there is none (any more). */
  archive: string | null;
  /** JSON `StarterView`. */
  starter: string | null;
  /** JSON `Receipt`. */
  receipt: string | null;
  /** JSON `LlmRecord`; null of a workshop from before there were any. */
  llm: string | null;
  created_at: string;
  started_at: string | null;
  ready_at: string | null;
  /** It begins by itself then; null: by hand. */
  starts_at: string | null;
  /** The end that was agreed before the start; null: so many hours after it. */
  planned_end: string | null;
  /** Of a start: known from then on, and moved by the instructor. */
  ends_at: string | null;
  /** When the machines of this start go by themselves: the end may move up to a little before, and this never does. */
  latest_end: string | null;
  stop_at: string | null;
  stopped_at: string | null;
  lease_holder: string | null;
  lease_until: string | null;
}

export interface SeatTable {
  workshop: string;
  seat: number;
  generation: number;
  fresh_since: number;
  /** 1: its machine reported it ready in this generation; it may be offered. */
  ready: number;
}

export interface LearnerTable {
  id: string;
  workshop: string;
  seat: number;
  generation: number;
  odehash: string;
  name: string;
  joined_at: string;
  /** Last time they got in by code, reconnect code or browser. */
  entered_at: string;
  /** Where the seat was taken from, as limits count it; kept while the seat is theirs. */
  address: string | null;
  /** Null while the seat is theirs. */
  closed_at: string | null;
  why: "freed" | "ended" | null;
}

/** Which browsers belong to a learner: joining again from one of them takes no second seat. */
export interface BrowserTable {
  workshop: string;
  digest: string;
  learner: string;
  /** Last time it came in; empty where that was never written down. */
  seen_at: string;
}

/** What browsers found of their networks before the class; gone with its end. */
export interface CheckTable {
  workshop: string;
  /** Digest of the browser's cookie: checking again takes the place of what it found before. */
  browser: string;
  /** Digest of workshop and address, by which those of one network are counted; empty where it wasn't noted yet. */
  address: string;
  /** What was typed; may be empty. */
  name: string;
  /** JSON `Findings`. */
  findings: string;
  checked_at: string;
}

export interface ResourceTable {
  workshop: string;
  /** A key of `workshops/resources/kinds.ts`. */
  kind: string;
  idx: number;
  name: string;
  attempt: number;
  wanted: Resource["wanted"];
  observed: Resource["observed"];
  /** Compared and counted up at every write: an answer that comes late changes nothing. */
  version: number;
  /** JSON `Detail`, see workshops/resource.ts and its kind. */
  detail: string;
}

export interface JournalTable {
  workshop: string;
  /** `start-2` or `stop`. */
  act: string;
  key: string;
  summary: string;
  state: "doing" | "done" | "failed";
  note: string | null;
  started_at: string;
  ended_at: string | null;
}

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;
