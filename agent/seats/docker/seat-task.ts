import type { TaskRun } from "../../engine/task.ts";
import type { DockerHost } from "./docker-host.ts";
import type { LiveSeats } from "./live.ts";
import { type SeatPaths, seatObject } from "./names.ts";
import type { SeatData } from "./request.ts";

/** A task, and the seat that it works on. */
export interface SeatTask {
  task: TaskRun;
  seat: number;
  /** Of the container. */
  name: string;
  paths: SeatPaths;
  /** The learner's, and gid. */
  uid: number;
  starter: SeatData["starter"];
  host: DockerHost;
  live: LiveSeats;
}

export function seatTask(host: DockerHost, live: LiveSeats, task: TaskRun): SeatTask {
  const { seat, starter } = task.data as unknown as SeatData;
  return { task, seat, name: seatObject(host.name, seat), paths: host.paths(seat), uid: host.uid(seat), starter, host, live };
}
