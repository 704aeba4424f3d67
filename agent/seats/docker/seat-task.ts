import type { TaskRun } from "../../engine/task.ts";
import type { LiveSeats } from "./live.ts";
import type { Machine } from "./machine.ts";
import { type SeatPaths, seatObject } from "./names.ts";
import type { SeatData } from "./request.ts";

/** A task, and the seat that it works on. */
export interface SeatTask {
  task: TaskRun;
  seat: number;
  /** Of the container. */
  name: string;
  paths: SeatPaths;
  starter: SeatData["starter"];
  machine: Machine;
  live: LiveSeats;
}

export function seatTask(machine: Machine, live: LiveSeats, task: TaskRun): SeatTask {
  const { seat, starter } = task.data as unknown as SeatData;
  return { task, seat, name: seatObject(machine.name, seat), paths: machine.paths(seat), starter, machine, live };
}
