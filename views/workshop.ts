import type { CheckName } from "./client/check/findings.ts";
import type { CostView } from "./cost.ts";
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
  /** It begins by itself then. */
  startsAt?: string;
  /** Its machines are made from then on, so that it can. */
  machinesFrom?: string;
  /** The end that was agreed before the start instead of a length. */
  plannedEnd?: string;
  /** When it stops by itself; before the start as it is planned, where it is. */
  endsAt?: string;
  /** Up to when the end can be moved, from the start on. */
  latestEnd?: string;
  /** When its cloud removes its machines by itself, where it does that. */
  machinesEnd?: string;
  stoppedAt?: string;
  /** Of machine 1, once running. */
  endpoint?: string;
  url?: string;
  machines: MachineView[];
  /** One for every seat, in order. */
  seats: SeatView[];
  /** Everyone who ever joined, in order of seat; those whose seat was freed are `expired`. */
  learners: LearnerView[];
  /** How long machines took lately until they answered, in milliseconds; while these come up. */
  usualBootMs?: number;
  progress: { ready: number; total: number /** 0 to 1 */; fraction: number };
  /** "What is happening": of the last start, or of the stop once that began. */
  steps: StepView[];
  /** What is done with seats, and the last of what was. */
  changes: SeatChangeView[];
  /** What its seats have; missing for what an earlier release made. */
  environment?: EnvironmentView;
  starter?: StarterView;
  archive?: ArchiveView;
  /** Stopping waits for a choice: everyone's work could not be packed, for this reason. */
  archiveProblem?: string;
  /** Until when that can be chosen; then what isn't packed is destroyed. */
  chooseUntil?: string;
  /** Everyone's work was to be kept, and nothing of it could be packed. */
  unpacked?: true;
  /** While somebody tries reconnect codes. */
  guessing?: GuessingView;
  /** What learners' browsers found of their networks, once one did. */
  checks?: ChecksView;
  /** Whether the stop packs (or packed) everyone's work. */
  keepWork: boolean;
  receipt?: Receipt;
  /** What is wanted of Claude, how it does and what was used. */
  llm: LlmView;
  /** Where machines cost money. */
  cost?: CostView;
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
  /** The page on which learners check their networks for this class. */
  checkLink: string;
}

/** Of all browsers that checked, each as it did last. */
export interface ChecksView {
  checked: number;
  /** How many of them miss something that no class goes without. */
  troubled: number;
  lastAt: string;
  /** What some of them miss, in the order of the page. */
  lacks: LackView[];
}

export interface LackView {
  check: CheckName;
  /** No class goes without it. */
  needed: boolean;
  /** Who typed a name, and how many didn't. */
  names: string[];
  nameless: number;
}

export interface MachineView {
  name: string;
  /** Where it stands in its cloud: `europe-west4-a`. Missing: on this computer. */
  place?: string;
  endpoint?: string;
  status: "none" | "starting" | "running" | "stopping" | "broken" | "gone";
  /** Their numbers. */
  seats: readonly number[];
  /** Whether its agent answered when last asked. */
  answers: boolean;
  /** When it isn't simply fine: "not for 20 s; being started again". */
  note?: string;
  /** It was gone in mid-class, ISO 8601: the one that is made since has empty seats. */
  lostAt?: string;
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
  /** It was made, or is being made, from the definition before the one that is kept now. */
  older?: true;
  /** Why it could not be made. */
  problem?: string;
  /** As its machine says; missing: it said nothing yet. */
  status?: "off" | "pending" | "waiting" | "stopped" | "ready" | "error";
  /** What it is doing, why it waits, or why it isn't what was asked for. */
  note?: string;
  /** What may be asked of it now: `refresh`, `stop` … */
  operations: readonly string[];
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
  /** `waiting`: it failed, and a person decides how it goes on. `undone`: it went back. */
  is: "todo" | "doing" | "done" | "failed" | "waiting" | "undone";
  startedAt?: string;
  endedAt?: string;
  /** What it is doing right now, or why it failed. */
  note?: string;
  /** Of what failed, or waits. */
  log?: TaskLogView;
}

/** Something that is or was done with seats of one machine. */
export interface SeatChangeView {
  /** `2-17`: the machine's number, and its own of this change. */
  id: string;
  /** `restore`, `launch` … */
  kind: string;
  /** "Restore seat 04" */
  summary: string;
  /** `undoing`, `undone`: it was given up and goes, or went, back. */
  is: "doing" | "waiting" | "undoing" | "done" | "failed" | "undone";
  seats: number[];
  startedAt: string;
  endedAt?: string;
  /** Every failed step and why. */
  error?: string;
  steps: StepView[];
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
  /** Where machines cost money. */
  cost?: CostView;
}

export interface ReceiptItem {
  kind: "processes" | "directories" | "sockets" | "machine" | "name" | "secret";
  count: number;
  bytes?: number;
  name?: string;
  /** Of a machine: nobody removed it but its cloud, at its end. */
  alone?: true;
}

export const taken = (seats: readonly SeatView[]): SeatView[] =>
  seats.filter(({ session }) => session !== "free" && session !== "expired");
export const connected = <T extends { session: SessionState }>(of: readonly T[]): T[] =>
  of.filter(({ session }) => session === "connected");
export const stopped = (seats: readonly SeatView[]): SeatView[] => seats.filter(({ status }) => status === "stopped");
export const ready = (seats: readonly SeatView[]): SeatView[] => seats.filter(({ build }) => build === "ready");

/** Who took a seat from this address and has it still. */
export const takenFrom = (learners: readonly LearnerView[], address: string): LearnerView[] =>
  learners.filter((learner) => learner.address === address && learner.session !== "expired");

/** A learner needn't give a name. */
export const learnerName = ({ name }: { name: string }): string => name || "No name given";
