import type { TaskRun } from "../../engine/task.ts";
import type { Besides } from "./beside/besides.ts";
import type { Connector } from "./connect/connector.ts";
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
  /** How it is connected; undefined: as the first built-in definition says. */
  wish: SeatData["wish"];
  host: DockerHost;
  live: LiveSeats;
  layers: LayerStore;
  connector: Connector;
  besides: Besides;
}

/** What seats' tasks work with. */
export type SeatParts = Pick<SeatTask, "host" | "live" | "layers" | "connector" | "besides">;

export function seatTask(parts: SeatParts, task: TaskRun): SeatTask {
  const { seat, starter, list, wish } = task.data as unknown as SeatData;
  const { host } = parts;
  const [name, paths, uid] = [seatObject(host.name, seat), host.paths(seat), host.uid(seat)];
  return { task, seat, name, paths, uid, starter, list, wish, ...parts };
}
