import type { SeatStatus } from "../../agent/contract/seats.ts";
import type { WorkshopState } from "./workshop.ts";

/** A workshop as pages and the API show it: plain values, times in ISO 8601 UTC. */
export interface WorkshopView {
  id: string;
  name: string;
  /** `CLARA-7K3M` */
  code: string;
  state: WorkshopState;
  /** While provisioning: this start failed and is being undone. In `failed`: why. */
  failure?: string;
  seatCount: number;
  /** How long it lasts from its start. */
  hours: number;
  createdAt: string;
  startedAt?: string;
  /** When it stops by itself; known from the start on. */
  endsAt?: string;
  stoppedAt?: string;
  /** Of machine 1, once running. */
  endpoint?: string;
  url?: string;
  machines: MachineView[];
  /** One for every seat, in order. */
  seats: SeatView[];
  /** Everyone who ever joined, in order of seat; those whose seat was freed are `expired`. */
  learners: LearnerView[];
  progress: { ready: number; total: number /** 0 to 1 */; fraction: number };
  /** "What is happening": of the last start, or of the stop once that began. */
  steps: StepView[];
  starter?: StarterView;
  archive?: ArchiveView;
  /** Stopping waits for a choice: the work could not be packed, for this reason. See `stop`. */
  archiveProblem?: string;
  /** While somebody tries reconnect codes. */
  guessing?: GuessingView;
  /** Whether the stop packs (or packed) everyone's work. */
  keepWork: boolean;
  receipt?: Receipt;
  /** `none`: seats are plain processes on this computer. Known once a machine answered. */
  isolation?: "none" | "container";
}

export interface MachineView {
  name: string;
  endpoint?: string;
  status: "none" | "starting" | "running" | "stopping" | "broken" | "gone";
  /** Whether its agent answered when last asked. */
  answers: boolean;
  detail?: string;
}

/** The seeds' session states. */
export type LearnerState = "none" | "assigned" | "connected" | "disconnected" | "expired";

export interface LearnerView {
  seat: number;
  name: string;
  /** The reconnect code, for the instructor's eyes: who lost it is told it again. */
  odehash: string;
  state: Exclude<LearnerState, "none">;
  since: string;
  /** Open tabs. */
  viewers: number;
  /** Where the seat was taken from; IPv6 by its /64. Not for `expired`. */
  address?: string;
  /** Only for `expired`: the instructor freed the seat, or the workshop ended. */
  why?: "freed" | "ended";
}

export interface SeatView {
  seat: number;
  /** Of whoever sits there now; `none`: free. */
  learner: LearnerState;
  name?: string;
  /** How the seat itself is. */
  making: SeatStatus;
  /** 0 to 1 */
  fraction: number;
  note?: string;
  /** It was freed and is being wiped: not yet offered again. */
  wiping: boolean;
}

export interface StepView {
  key: string;
  summary: string;
  is: "todo" | "doing" | "done" | "failed";
  startedAt?: string;
  endedAt?: string;
  /** What it is doing right now, or why it failed. */
  note?: string;
}

export interface StarterView {
  name: string;
  bytes: number;
  /** sha256, hex */
  digest: string;
  /** Counted where the archive's kind tells. */
  files?: number;
}

export interface ArchiveView {
  bytes: number;
  madeAt: string;
  keptUntil: string;
  folders: number;
}

/** Somebody tries reconnect codes of a workshop. */
export interface GuessingView {
  /** How many were nobody's. */
  wrong: number;
  since: string;
  /** Where they came from, as limits count it. */
  addresses: string[];
}

/** What was removed, and that it was looked for again and not found. */
export interface Receipt {
  removedAt: string;
  checkedAt: string;
  removed: { processes: number; directories: number; bytes: number; sockets: number; machines: number; secrets: number };
  /** The same as lines: "10" "seat directories" … all of them gone, or there would be no receipt. */
  items: { kind: "processes" | "directories" | "sockets" | "machine" | "secret"; count: number; bytes?: number; name?: string }[];
  learners: number;
  /** How long it ran; 0 when it never did. */
  seconds: number;
}
