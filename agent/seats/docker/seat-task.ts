import type { TaskRun } from "../../engine/task.ts";
import type { DockerHost } from "./docker-host.ts";
import type { LayerStore } from "./layers/layer-store.ts";
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
  /** What it is made from; undefined when it was made before. */
  list: SeatData["list"];
  host: DockerHost;
  live: LiveSeats;
  layers: LayerStore;
}

export function seatTask(host: DockerHost, live: LiveSeats, layers: LayerStore, task: TaskRun): SeatTask {
  const { seat, starter, list } = task.data as unknown as SeatData;
  const [name, paths, uid] = [seatObject(host.name, seat), host.paths(seat), host.uid(seat)];
  return { task, seat, name, paths, uid, starter, list, host, live, layers };
}
