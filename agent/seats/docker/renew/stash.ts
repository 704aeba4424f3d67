import { giveConnections } from "../connect/connect-tasks.ts";
import { dropContainer } from "../container/container-tasks.ts";
import { dropIfOwn } from "../layers/own.ts";
import { madeOf, noteMade } from "../made.ts";
import { stashOf } from "../names.ts";
import { connectSeat, removeCable } from "../network/network.ts";
import type { SeatTask } from "../seat-task.ts";
import { dropFormerHome } from "./home.ts";
import { isStashed, noteStashed, stashedMade } from "./stashed.ts";
import { forgetState } from "./state.ts";

/** Stopped and without a cable, under a name of its own. With it goes what an earlier renewal left. */
export async function stash(at: SeatTask): Promise<void> {
  const { task, host, live, connector, besides, seat, name } = at;
  const { docker } = host;
  connector.release(seat);
  await besides.end(seat);
  live.forget(seat);
  const found = await docker.inspectContainer(name);
  // Without one there is nothing to lead back to; or this was done, and nobody lived to say so.
  if (found) {
    await docker.removeContainer(stashOf(name));
    await dropFormerHome(at);
    if (found.State.Running) await docker.stopContainer(found.Id);
    await removeCable(host.name, seat);
    await docker.renameContainer(name, stashOf(name));
  }
  noteStashed(task.memory, seat, madeOf(task.memory, seat));
}

/** The seat is what it was: the same container, running. */
export async function unstash(at: SeatTask): Promise<void> {
  const { task, host, live, seat, name } = at;
  if (!(await isStashed(at))) return;
  await dropContainer(at);
  await host.docker.renameContainer(stashOf(name), name);
  noteMade(task.memory, seat, stashedMade(task.memory, seat) ?? madeOf(task.memory, seat));
  noteStashed(task.memory, seat, undefined);
  await host.mountProject();
  await host.docker.startContainer(name);
  const { network } = await live.find(seat);
  await connectSeat(host.name, seat, await host.block(), network);
  await giveConnections(at);
}

/** Past the point of no return the new one stays, whatever is undone. */
export async function dropRenewed(at: SeatTask): Promise<void> {
  if (await isStashed(at)) await dropContainer(at);
}

/** Nothing leads back from here. What can't be removed now goes with the next renewal, or with the seat: it is stopped, and has no cable. */
export async function dropStash(at: SeatTask): Promise<void> {
  const { task, host, seat, name } = at;
  try {
    await host.docker.removeContainer(stashOf(name));
    await dropFormerHome(at);
    await forgetState(at);
    const { memory } = host.given;
    const before = stashedMade(memory, seat);
    noteStashed(memory, seat, undefined);
    await dropIfOwn(host.docker, memory, before?.image);
  } catch (error) {
    task.log(`It stays for now: ${error instanceof Error ? error.message : error}`);
  }
  noteStashed(task.memory, seat, undefined);
}
