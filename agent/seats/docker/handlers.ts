import type { Handler, TaskRun } from "../../engine/task.ts";
import { dropContainer, startContainer, stopContainer } from "./container/container-tasks.ts";
import { checkHealth, setUpProject } from "./container/seat-hooks.ts";
import { makeSeatDisk, removeSeatDisk, repairDisk, unmakeSeatDisk, unpack } from "./disk/disk-tasks.ts";
import type { DockerHost } from "./docker-host.ts";
import type { LayerStore } from "./layers/layer-store.ts";
import { buildSdk, retrieveSdk } from "./layers/layer-tasks.ts";
import type { LiveSeats } from "./live.ts";
import { makeSeatNetwork, removeSeatNetwork, unmakeSeatNetwork } from "./network/network-tasks.ts";
import type { MachineData } from "./request.ts";
import { type SeatTask, seatTask } from "./seat-task.ts";

export function handlersOf(host: DockerHost, live: LiveSeats, layers: LayerStore): Record<string, Handler> {
  const seat = (work: (at: SeatTask) => Promise<void>) => (task: TaskRun) => work(seatTask(host, live, layers, task));
  return {
    "docker/prepare-machine": { do: (task) => prepareMachine(host, task) },
    "docker/retrieve-sdk": { do: (task) => retrieveSdk(layers, task) },
    "docker/build-layer": { do: (task) => buildSdk(layers, task) },
    "docker/make-disk": { do: seat(makeSeatDisk), undo: seat(unmakeSeatDisk) },
    "docker/unpack-starter": { do: seat(unpack) },
    "docker/make-network": { do: seat(makeSeatNetwork), undo: seat(unmakeSeatNetwork) },
    "docker/start-container": { do: seat(startContainer), undo: seat(dropContainer) },
    "docker/setup-project": { do: seat(setUpProject) },
    "docker/check-health": { do: seat(checkHealth) },
    "docker/repair-disk": { do: seat(repairDisk) },
    "docker/repair-network": { do: seat(makeSeatNetwork) },
    "docker/repair-container": { do: seat(startContainer) },
    "docker/stop-container": { do: seat(stopContainer) },
    "docker/remove-container": { do: seat(dropContainer) },
    "docker/remove-network": { do: seat(removeSeatNetwork) },
    "docker/remove-disk": { do: seat(removeSeatDisk) },
  };
}

async function prepareMachine(host: DockerHost, task: TaskRun): Promise<void> {
  const { seats } = task.data as unknown as MachineData;
  await host.prepare(seats, task.signal, task.log);
}
