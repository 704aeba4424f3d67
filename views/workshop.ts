import type { LlmReceipt, LlmView } from "./llm.ts";
import type { BuildState, SessionState } from "./parts/seat.tsx";
import type { WorkshopState } from "./parts/state.tsx";

/** A workshop as everybody is shown it: pages render it, the API's answers are made of it. Moments are ISO 8601 in UTC, sizes bytes. */
export interface WorkshopView {
  id: string;
  name: string;
  /** `CLARA-7K3M` */
  code: string;
  state: WorkshopState;
  /** While provisioning: this start failed and is being undone. In `failed`: why. */
  failure?: string;
  /** How many hours it runs from its start. */
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
  /** What its seats have; missing for what an earlier release made. */
  environment?: EnvironmentView;
  starter?: StarterView;
  archive?: ArchiveView;
  /** Stopping waits for a choice: everyone's work could not be packed, for this reason. */
  archiveProblem?: string;
  /** While somebody tries reconnect codes. */
  guessing?: GuessingView;
  /** Whether the stop packs (or packed) everyone's work. */
  keepWork: boolean;
  receipt?: Receipt;
  /** What is wanted of Claude, how it does and what was used. */
  llm: LlmView;
  /** `none`: seats are plain processes of whoever started ClaraTeach. Known once a machine answered. */
  isolation?: "none" | "container";
  /** What seats are made from. */
  image?: { name: string; madeAt: string };
}

/** What is added where it is rendered. */
export interface ShownWorkshop extends WorkshopView {
  now: string;
  /** How old the seats' image is, from when on that matters. */
  imageDays?: number;
  /** The join page for reading out: `class.example.org/join`. */
  joinAddress: string;
  /** The join page with the code in it, for links and the QR code. */
  joinLink: string;
}

export interface MachineView {
  name: string;
  endpoint?: string;
  status: "none" | "starting" | "running" | "stopping" | "broken" | "gone";
  /** Whether its agent answered when last asked. */
  answers: boolean;
  /** When it isn't simply fine: "not for 20 s; being started again". */
  note?: string;
}

export interface SeatView {
  seat: number;
  /** Of whoever sits there now. */
  session: SessionState;
  /** How the seat itself is. */
  build: BuildState;
  /** How much of it is made, 0 to 1. */
  fraction: number;
  /** Not offered while the class runs: freed and being made anew for whoever comes next, or not made yet. */
  wiping: boolean;
  /** The class runs, and this seat was never ready yet: its machine tries again by itself. */
  late?: true;
  /** Why it could not be made. */
  problem?: string;
}

export interface LearnerView {
  seat: number;
  /** What the learner typed; may be empty. */
  name: string;
  session: Exclude<SessionState, "free">;
  /** Of the session's state. */
  since: string;
  /** Open terminals. */
  viewers: number;
  /** The reconnect code, for the instructor to read out when it is lost. */
  odehash: string;
  /** Where the seat was taken from; IPv6 by its /64. Not for `expired`. */
  address?: string;
  /** Only for `expired`: the instructor freed the seat, or the workshop ended. */
  why?: "freed" | "ended";
}

export interface StepView {
  key: string;
  /** "Make seat 07" */
  summary: string;
  is: "todo" | "doing" | "done" | "failed";
  startedAt?: string;
  endedAt?: string;
  /** What it is doing right now, or why it failed. */
  note?: string;
  /** Of what failed. */
  log?: TaskLogView;
}

export interface TaskLogView {
  /** The last ones it said. */
  lines: string[];
  /** Where all of it is, where there is more. */
  href?: string;
}

/** What a definition installs. */
export interface EnvironmentView {
  name: string;
  /** `debian@12` */
  base: string;
  /** In the order in which they are installed. */
  sdks: { name: string; source: string; summary?: string }[];
  /** `node:cache` */
  connections: { plug: string; slot: string }[];
  /** Names of scripts. */
  actions: string[];
  /** What its own SDKs came in. */
  archive?: ArchivedDefinition;
}

export interface ArchivedDefinition {
  name: string;
  bytes: number;
  /** sha256, hex */
  digest: string;
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
  /** Whose work is missing and why, each a sentence. */
  missing?: string[];
}

/** Somebody tries reconnect codes of a workshop. */
export interface GuessingView {
  /** How many were nobody's. */
  wrong: number;
  since: string;
  /** Where they came from, as limits count it. */
  addresses: string[];
}

/** What was removed. There is one only after everything was looked for again and not found. */
export interface Receipt {
  removedAt: string;
  /** When it was looked for again. */
  checkedAt: string;
  removed: { processes: number; directories: number; bytes: number; sockets: number; machines: number; secrets: number };
  /** The same as lines. */
  items: ReceiptItem[];
  learners: number;
  /** How long it ran; 0 when it never did. */
  seconds: number;
  /** Where anybody asked Claude anything. */
  llm?: LlmReceipt;
}

export interface ReceiptItem {
  kind: "processes" | "directories" | "sockets" | "machine" | "secret";
  count: number;
  bytes?: number;
  name?: string;
}

export const taken = (seats: readonly SeatView[]): SeatView[] =>
  seats.filter(({ session }) => session !== "free" && session !== "expired");
export const connected = <T extends { session: SessionState }>(of: readonly T[]): T[] =>
  of.filter(({ session }) => session === "connected");
export const ready = (seats: readonly SeatView[]): SeatView[] => seats.filter(({ build }) => build === "ready");

/** Who took a seat from this address and has it still. */
export const takenFrom = (learners: readonly LearnerView[], address: string): LearnerView[] =>
  learners.filter((learner) => learner.address === address && learner.session !== "expired");

/** A learner needn't give a name. */
export const learnerName = ({ name }: { name: string }): string => name || "No name given";
