import type { SeatStatus } from "./seats.ts";

/**
 * `WS /vm/NN/news`: a page of the seat's learner is told how her own seat is, first as it is and then whenever that changes, whether there
 * is anything to work with or not. Nothing of other seats is in it, no host, and nothing that a program printed.
 */
export interface SeatNews {
  type: "seat";
  status: SeatStatus;
  /** Terminal, files and browser can be used now. */
  open: boolean;
  /** What is being done with it. */
  now?: SeatWorkNow;
  /** What was done with it last, while nothing is. */
  last?: SeatWorkDone;
  /** On which programs of hers listen, of those that may be opened in a tab; ascending. Missing: an older agent. */
  ports?: readonly number[];
}

export interface SeatWorkNow {
  kind: SeatWorkKind;
  /** For people, when one is going on: "Start seat 04 anew". */
  step?: string;
  /** 0 to 1 */
  progress: number;
  /** It failed, or was given up: the seat becomes what it was before. */
  back?: true;
}

export interface SeatWorkDone {
  /** Of the change: another one is another piece of news. */
  id: string;
  kind: SeatWorkKind;
  /** `undone`: a person gave it up, and the seat is what it was. */
  outcome: "done" | "failed" | "undone";
  /** Programs that ran in the seat before don't any more. */
  ended: boolean;
}

/** Kinds of changes; one that this page doesn't know has no words of its own. */
export type SeatWorkKind =
  | "launch"
  | "refresh"
  | "restore"
  | "start"
  | "stop"
  | "repair"
  | "remove"
  | "connect"
  | "disconnect"
  | "remount";

/** Up, any time, and nothing else: answered by `pong`, at most once in `NEWS_PING_MS`. A browser can't see that a quiet line is dead. */
export const NEWS_PING = JSON.stringify({ type: "ping" });
export const NEWS_PING_MS = 1000;

export type NewsFrame = SeatNews | { type: "pong" };
