import type { Handler, TaskRun } from "../../engine/task.ts";
import { changeConnections, formerConnections, formerConnectionsNow, resolveConnections } from "./connect/connect-tasks.ts";
import { dropContainer, removeContainers, startContainer, stopContainer } from "./container/container-tasks.ts";
import { checkHealth, setUpProject } from "./container/seat-hooks.ts";
import { makeSeatDisk, removeSeatDisk, repairDisk, unmakeSeatDisk, unpack } from "./disk/disk-tasks.ts";
import type { DockerHost } from "./docker-host.ts";
import { buildSdk, retrieveSdk, unbuildSdk } from "./layers/layer-tasks.ts";
import { makeSeatNetwork, removeSeatNetwork, unmakeSeatNetwork } from "./network/network-tasks.ts";
import { formerHome, freshHome } from "./renew/home.ts";
import { dropRenewed, dropStash, stash, unstash } from "./renew/stash.ts";
import { forgetState, restoreState, saveState } from "./renew/state.ts";
import type { MachineData } from "./request.ts";
import { type SeatParts, type SeatTask, seatTask } from "./seat-task.ts";

export function handlersOf(parts: SeatParts): Record<string, Handler> {
  const { host, layers } = parts;
  const seat = (work: (at: SeatTask) => Promise<void>) => (task: TaskRun) => work(seatTask(parts, task));
  return {
    "docker/prepare-machine": { do: (task) => prepareMachine(host, task) },
    "docker/retrieve-sdk": { do: (task) => retrieveSdk(layers, task) },
    "docker/build-layer": { do: (task) => buildSdk(layers, task), undo: (task) => unbuildSdk(layers, task) },
    "docker/make-disk": { do: seat(makeSeatDisk), undo: seat(unmakeSeatDisk) },
    "docker/unpack-starter": { do: seat(unpack) },
    "docker/make-network": { do: seat(makeSeatNetwork), undo: seat(unmakeSeatNetwork) },
    "docker/resolve-interfaces": { do: seat(resolveConnections), undo: seat(formerConnections) },
    "docker/connect-seat": { do: seat(changeConnections), undo: seat(formerConnectionsNow) },
    "docker/start-container": { do: seat(startContainer), undo: seat(dropContainer) },
    "docker/setup-project": { do: seat(setUpProject), ...HERS },
    "docker/check-health": { do: seat(checkHealth), ...HERS },
    "docker/save-state": { do: seat(saveState), undo: seat(forgetState), ...HERS },
    "docker/stash-container": { do: seat(stash), undo: seat(unstash), ...HERS },
    "docker/fresh-home": { do: seat(freshHome), undo: seat(formerHome), ...HERS },
    "docker/renew-container": { do: seat(startContainer), undo: seat(dropRenewed) },
    "docker/restore-state": { do: seat(restoreState), ...HERS },
    "docker/drop-stash": { do: seat(dropStash), ...HERS },
    "docker/repair-disk": { do: seat(repairDisk) },
    "docker/repair-network": { do: seat(makeSeatNetwork) },
    "docker/repair-container": { do: seat(startContainer) },
    "docker/stop-container": { do: seat(stopContainer) },
    "docker/remove-container": { do: seat(removeContainers) },
    "docker/remove-network": { do: seat(removeSeatNetwork) },
    "docker/remove-disk": { do: seat(removeSeatDisk) },
  };
}

/**
 * What a learner can draw out: a hook that runs as she does, which her own programs may stop and her login shell let wait, until its time is
 * over; the home that she filled and that goes.
 */
const HERS = { aside: true } as const;

async function prepareMachine(host: DockerHost, task: TaskRun): Promise<void> {
  const { seats } = task.data as unknown as MachineData;
  await host.prepare(seats, task.signal, task.log);
}
