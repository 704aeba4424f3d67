import type { Handler, TaskRun } from "../../engine/task.ts";
import { addRemoved } from "../receipt.ts";
import { dropContainer, removeContainer, startContainer, stopContainer } from "./container/container-tasks.ts";
import { makeSeatDisk, removeSeatDisk, repairDisk, unmakeSeatDisk, unpack } from "./disk/disk-tasks.ts";
import type { LiveSeats } from "./live.ts";
import type { Machine } from "./machine.ts";
import { makeBridge, removeBridge } from "./network/network.ts";
import type { MachineData } from "./request.ts";
import { type SeatTask, seatTask } from "./seat-task.ts";

export function handlersOf(machine: Machine, live: LiveSeats): Record<string, Handler> {
  const seat = (work: (at: SeatTask) => Promise<void>) => (task: TaskRun) => work(seatTask(machine, live, task));
  return {
    "docker/prepare-machine": { do: (task) => prepareMachine(machine, task) },
    "docker/make-disk": { do: seat(makeSeatDisk), undo: seat(unmakeSeatDisk) },
    "docker/unpack-starter": { do: seat(unpack) },
    "docker/make-network": { do: seat(makeSeatNetwork), undo: seat(unmakeSeatNetwork) },
    "docker/start-container": { do: seat(startContainer), undo: seat(dropContainer) },
    "docker/repair-disk": { do: seat(repairDisk) },
    "docker/repair-network": { do: seat(makeSeatNetwork) },
    "docker/repair-container": { do: seat(startContainer) },
    "docker/stop-container": { do: seat(stopContainer) },
    "docker/remove-container": { do: seat(removeContainer) },
    "docker/remove-network": { do: seat(removeSeatNetwork) },
    "docker/remove-disk": { do: seat(removeSeatDisk) },
  };
}

async function prepareMachine(machine: Machine, task: TaskRun): Promise<void> {
  const { seats } = task.data as unknown as MachineData;
  await machine.prepare(seats, task.signal, task.log);
}

const makeSeatNetwork = async ({ machine, seat }: SeatTask): Promise<void> =>
  makeBridge(machine.name, seat, await machine.block());

const unmakeSeatNetwork = async ({ machine, seat }: SeatTask): Promise<void> => void (await removeBridge(machine.name, seat));

async function removeSeatNetwork({ machine, task, seat }: SeatTask): Promise<void> {
  if (await removeBridge(machine.name, seat)) addRemoved(task.memory, seat, { sockets: 1 });
}
