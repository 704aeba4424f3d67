import { seatName } from "../../contract/seats.ts";
import type { TaskSpec } from "../../engine/task.ts";
import type { SeatWish } from "../runtime.ts";

/** What a task of this runtime carries. */
export interface SeatData {
  seat: number;
  starter?: { digest: string; name: string };
}

/** Shared by all seats of a change. @param missing SDKs that aren't in the tools directory yet */
export function prepare(refusal: string | undefined, missing: readonly string[]): TaskSpec[] {
  if (refusal !== undefined)
    return [{ kind: "process/check-definition", summary: "Look whether seats here can have the definition", data: { refusal } }];
  return missing.map((sdk) => ({ kind: "process/retrieve-sdk", summary: `Fetch ${sdk}`, data: { sdk } }));
}

export function makeSeat({ seat, starter }: SeatWish): TaskSpec[] {
  return [
    task("make-seat", `Make seat ${seatName(seat)}`, { seat }),
    ...(starter ? [task("unpack-starter", `Unpack ${starter.name} into seat ${seatName(seat)}`, { seat, starter })] : []),
    task("start-session", `Start the shell of seat ${seatName(seat)}`, { seat }),
  ];
}

export function repairSeat({ seat }: SeatWish): TaskSpec[] {
  return [
    task("repair-seat", `Look after the directories of seat ${seatName(seat)}`, { seat }),
    task("repair-session", `Start the shell of seat ${seatName(seat)} again`, { seat }),
  ];
}

export function stopSeat(seat: number): TaskSpec[] {
  return [task("stop-seat", `End the programs of seat ${seatName(seat)}`, { seat })];
}

export function removeSeat(seat: number): TaskSpec[] {
  return [...stopSeat(seat), task("remove-seat", `Remove the files of seat ${seatName(seat)}`, { seat })];
}

function task(kind: string, summary: string, { seat, starter }: SeatData): TaskSpec {
  return { kind: `process/${kind}`, summary, data: { seat, ...(starter && { starter }) } };
}
