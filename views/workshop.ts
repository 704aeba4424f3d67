import type { BuildState, SessionState } from "./parts/seat.tsx";
import type { WorkshopState } from "./parts/state.tsx";
import type { TaskLine } from "./parts/tasks.tsx";

/** All that the page of one workshop shows, as plain values. Moments are ISO 8601, sizes bytes. */
export interface WorkshopView {
  id: string;
  name: string;
  code: string;
  state: WorkshopState;
  now: string;
  seats: SeatMark[];
  /** Everyone who ever joined, in order of seat. */
  learners: Learner[];
  /** The join page for reading out: `class.example.org/join`. */
  joinAddress: string;
  /** The join page with the code in it, for links and the QR code. */
  joinLink: string;
  createdAt: string;
  startedAt?: string;
  endsAt?: string;
  starter?: { name: string; size: number; files?: number };
  /** How many hours it runs from its start. */
  hours: number;
  /** `none`: seats are plain processes of whoever started ClaraTeach. */
  isolation?: "none" | "container";
  machine?: MachineView;
  /** While seats are made or removed, and of the try that failed. */
  progress?: Progress;
  /** Why it failed: what happened, to what, what to do. */
  failure?: string;
  /** Stopping waits: everyone's work could not be packed, for this reason. */
  archiveProblem?: string;
  /** Somebody tries reconnect codes: how many were wrong, since when, and where they came from. */
  guessing?: { wrong: number; since: string; addresses: string[] };
  receipt?: ReceiptView;
  archive?: ArchiveView;
  /** Whether an archive was asked for: tells why there is none. */
  keptWork?: boolean;
}

export interface SeatMark {
  seat: number;
  session: SessionState;
  build: BuildState;
  /** Freed, and being made anew for whoever comes next. */
  wiping?: boolean;
}

export interface Learner {
  seat: number;
  /** What the learner typed; may be empty. */
  name: string;
  session: SessionState;
  /** Of the session's state. */
  since: string;
  /** Open terminals. */
  viewers: number;
  /** The reconnect code, for the instructor to read out when it is lost. */
  odehash?: string;
  /** Where the seat was taken from. */
  address?: string;
}

export interface MachineView {
  answers: boolean;
  /** When it isn't simply fine: "not for 20 s; being started again". */
  note?: string;
}

export interface Progress {
  tasks: TaskLine[];
  /** 0 to 1. */
  done: number;
  secondsLeft?: number;
  from: string;
  to?: string;
}

export interface ReceiptView {
  removedAt: string;
  /** When it was looked for again. */
  checkedAt: string;
  lines: ReceiptLine[];
  /** Everything was looked for and isn't there. */
  complete: boolean;
  learners: number;
  /** Milliseconds from start to stop; 0 when it never started. */
  ran: number;
}

export interface ReceiptLine {
  count: number;
  text: string;
  /** An id or path, shown as typed. */
  name?: string;
  gone: boolean;
}

export interface ArchiveView {
  size: number;
  learners: number;
  until: string;
}

/** One line of the list of workshops. */
export type WorkshopLine = Pick<
  WorkshopView,
  | "id"
  | "name"
  | "code"
  | "state"
  | "createdAt"
  | "seats"
  | "learners"
  | "endsAt"
  | "starter"
  | "archive"
  | "failure"
  | "progress"
  | "hours"
> & { stoppedAt?: string };

export const taken = (seats: readonly SeatMark[]): SeatMark[] =>
  seats.filter(({ session }) => session !== "free" && session !== "expired");
export const connected = <T extends { session: SessionState }>(of: readonly T[]): T[] =>
  of.filter(({ session }) => session === "connected");
export const ready = (seats: readonly SeatMark[]): SeatMark[] => seats.filter(({ build }) => build === "ready");

/** Who took a seat from this address and has it still. */
export const takenFrom = (learners: readonly Learner[], address: string): Learner[] =>
  learners.filter((learner) => learner.address === address && learner.session !== "expired");

/** A learner needn't give a name. */
export const learnerName = ({ name }: { name: string }): string => name || "No name given";
