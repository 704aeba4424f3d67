import { Problem } from "../contract/errors.ts";
import { type SeatStatus, seatName } from "../contract/seats.ts";
import type { Change } from "../engine/change.ts";

/** Operations of a seat by its status, for pages, API and command line. `continue` and `abort` are those of the change that waits. */
const OPERATIONS: Readonly<Record<Exclude<SeatStatus, "error">, readonly string[]>> = {
  off: ["launch"],
  pending: [],
  waiting: ["continue", "abort", "exec"],
  stopped: ["start", "refresh", "restore", "remove", "remount"],
  ready: ["refresh", "restore", "stop", "remove", "exec", "connect", "disconnect", "remount"],
};

/** One that was made and is broken has work that may be kept. One that wasn't is tried again by itself, and at once when it is launched. */
const OF_BROKEN = ["refresh", "restore", "stop", "remove"];
const OF_UNMADE = ["launch", "remove"];

/** @param made it has a record */
export function allowedOperations(status: SeatStatus, made: boolean): readonly string[] {
  if (status === "error") return made ? OF_BROKEN : OF_UNMADE;
  return OPERATIONS[status];
}

/** What is so already: asking for it again changes nothing, and is no mistake. */
const ALREADY: Readonly<Record<string, readonly SeatStatus[]>> = {
  launch: ["ready", "stopped"],
  start: ["ready"],
  stop: ["stopped"],
  remove: ["off"],
};

export const isAlready = (action: string, status: SeatStatus): boolean => ALREADY[action]?.includes(status) ?? false;

/** This can't be asked of a seat that is so. */
export function notNow(action: string, seat: number, status: SeatStatus, allowed: readonly string[]): Problem {
  const instead = allowed.length === 0 ? "Wait until it is done." : `It can be asked to ${allowed.join(", ")}.`;
  return new Problem("STATE_CONFLICT", `Seat ${seatName(seat)} can't ${action} now: it is ${status}. ${instead}`);
}

/** Something else is done with a seat just now. */
export function busy({ id, kind, summary }: Change, seat: number): Problem {
  return new Problem(
    "STATE_CONFLICT",
    `Seat ${seatName(seat)} is busy: "${summary}" (change ${id}) isn't over. Wait for it, or give it up, and ask again.`,
    { details: { change: String(id), kind, seat } },
  );
}
