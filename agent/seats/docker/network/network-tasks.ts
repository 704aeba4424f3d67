import { addRemoved } from "../../receipt.ts";
import type { SeatTask } from "../seat-task.ts";
import { makeBridge, removeBridge } from "./network.ts";

export const makeSeatNetwork = async ({ host, seat }: SeatTask): Promise<void> => makeBridge(host.name, seat, await host.block());

export const unmakeSeatNetwork = async ({ host, seat }: SeatTask): Promise<void> => void (await removeBridge(host.name, seat));

export async function removeSeatNetwork({ host, task, seat }: SeatTask): Promise<void> {
  if (await removeBridge(host.name, seat)) addRemoved(task.memory, seat, { sockets: 1 });
}
