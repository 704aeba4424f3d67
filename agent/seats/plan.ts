import type { SeatCondition } from "./runtime.ts";

/** What there is and what is wanted of one seat. */
export interface SeatFacts {
  /** Undefined: not wanted. */
  wanted: { freshSince: number } | undefined;
  phase: "running" | "ending";
  /** While ending: its work stays until it is packed. */
  keepFiles: boolean;
  /** It was made, and this fresh. */
  record: { freshSince: number } | undefined;
  /** Undefined: not looked at since it was made. */
  condition: SeatCondition | undefined;
  /** Anything of it is there. */
  found: boolean;
}

export type SeatAction = "make" | "remake" | "repair" | "stop" | "remove";

/** The step that brings a seat nearer to what is wanted; undefined when it is there. Without a record nobody knows whose work it is. */
export function nextAction({ wanted, phase, keepFiles, record, condition, found }: SeatFacts): SeatAction | undefined {
  if (phase === "ending" && keepFiles) return record || condition === "ready" ? "stop" : undefined;
  if (phase === "ending" || !wanted) return record || found ? "remove" : undefined;
  if (!record) return found ? "remake" : "make";
  if (record.freshSince < wanted.freshSince) return "remake";
  return condition === undefined || condition === "ready" ? undefined : "repair";
}

/** After a failure it is tried again, later each time: what is missing may have been installed meanwhile. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
}
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 5 * 60 * 1000;
