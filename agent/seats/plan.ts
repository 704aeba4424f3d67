import type { SeatCondition } from "./runtime.ts";
import type { Renewal, SavedWish, Wished } from "./wishes.ts";

/** What there is and what is wanted of one seat. */
export interface SeatFacts {
  /** Undefined: not wanted. */
  wanted: { freshSince: number } | undefined;
  phase: "running" | "ending";
  /** While ending: its work stays until it is packed. */
  keepFiles: boolean;
  /** Beside being there: running, stopped or removed by wish. */
  power?: SavedWish["power"];
  /** What was asked for and isn't begun. */
  renewal?: Wished["kind"] | undefined;
  /** It was made, and this fresh. `off`: stopped by wish. */
  record: { freshSince: number; off?: boolean } | undefined;
  /** Undefined: not looked at since it was made. */
  condition: SeatCondition | undefined;
  /** Anything of it is there. */
  found: boolean;
}

/** `halt` and `start`: by wish, while the machine goes on. `stop`: its machine ends, and its work is packed. */
export type SeatAction = "make" | "remake" | "repair" | "halt" | "start" | Renewal | "connect" | "stop" | "remove";

/** The step that brings a seat nearer to what is wanted; undefined when it is there. Without a record nobody knows whose work it is. */
export function nextAction(facts: SeatFacts): SeatAction | undefined {
  const { wanted, phase, keepFiles, power, record, found, condition } = facts;
  if (phase === "ending" && keepFiles) return record || condition === "ready" ? "stop" : undefined;
  if (phase === "ending" || !wanted || power === "gone") return record || found ? "remove" : undefined;
  if (!record) return found ? "remake" : "make";
  if (record.freshSince < wanted.freshSince) return "remake";
  return nextOfMade(facts, record);
}

function nextOfMade({ power = "on", renewal, condition }: SeatFacts, { off }: { off?: boolean }): SeatAction | undefined {
  // First it is looked at: one that is being repaired is made again afterwards.
  if (condition === undefined) return undefined;
  if (renewal && renewal !== "launch") return renewal;
  if (power === "off") return condition === "ready" || !off ? "halt" : undefined;
  if (condition === "ready") return off ? "start" : undefined;
  return off ? "start" : "repair";
}

/** After a failure it is tried again, later each time: what is missing may have been installed meanwhile. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
}
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 5 * 60 * 1000;
