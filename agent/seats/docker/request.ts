import { seatName } from "../../contract/seats.ts";
import type { TaskSpec } from "../../engine/task.ts";
import type { SeatWish } from "../runtime.ts";

/** What a task of this runtime carries. */
export interface SeatData {
  seat: number;
  starter?: { digest: string; name: string };
}

export interface MachineData {
  seats: number[];
}

export function prepare(wishes: readonly SeatWish[]): TaskSpec[] {
  const seats = wishes.map(({ seat }) => seat);
  return seats.length === 0
    ? []
    : [{ kind: "docker/prepare-machine", summary: "Make the machine ready for seats", data: { seats } }];
}

export function makeSeat({ seat, starter }: SeatWish): TaskSpec[] {
  return [
    task("make-disk", `Make the disk of seat ${seatName(seat)}`, { seat }),
    ...(starter ? [task("unpack-starter", `Unpack ${starter.name} into seat ${seatName(seat)}`, { seat, starter })] : []),
    task("make-network", `Make the network of seat ${seatName(seat)}`, { seat }),
    task("start-container", `Start seat ${seatName(seat)}`, { seat }),
  ];
}

/** The same steps on what is there; none of them has an undo. */
export function repairSeat({ seat }: SeatWish): TaskSpec[] {
  return [
    task("repair-disk", `Look after the disk of seat ${seatName(seat)}`, { seat }),
    task("repair-network", `Look after the network of seat ${seatName(seat)}`, { seat }),
    task("repair-container", `Start seat ${seatName(seat)} again`, { seat }),
  ];
}

export function stopSeat(seat: number): TaskSpec[] {
  return [task("stop-container", `End the programs of seat ${seatName(seat)}`, { seat })];
}

/** Stopped first, in a task of its own: what that counted stays counted when a later step fails. */
export function removeSeat(seat: number): TaskSpec[] {
  return [
    ...stopSeat(seat),
    task("remove-container", `Remove the container of seat ${seatName(seat)}`, { seat }),
    task("remove-network", `Remove the network of seat ${seatName(seat)}`, { seat }),
    task("remove-disk", `Remove the files of seat ${seatName(seat)}`, { seat }),
  ];
}

function task(kind: string, summary: string, { seat, starter }: SeatData): TaskSpec {
  return { kind: `docker/${kind}`, summary, data: { seat, ...(starter && { starter }) } };
}
