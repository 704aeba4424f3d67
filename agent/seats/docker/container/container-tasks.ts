import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { seatName } from "../../../contract/seats.ts";
import { addRemoved } from "../../receipt.ts";
import { tmuxConfig } from "../../tmux-config.ts";
import { DockerError } from "../client/http.ts";
import type { CreateContainer } from "../client/types.ts";
import { isWhole } from "../disk/disk.ts";
import { connectSeat, removeCable } from "../network/network.ts";
import type { SeatTask } from "../seat-task.ts";
import { containerOf } from "./container.ts";

/** Connected. Its session begins with the first viewer, in the size of his screen: ten of them here were a quarter of a machine's start. */
export async function startContainer(at: SeatTask): Promise<void> {
  const { host, live, seat, paths } = at;
  if (!(await isWhole(paths))) throw new Problem("UNAVAILABLE", `The disk of seat ${seatName(seat)} isn't mounted.`);
  await host.wall.raise();
  await haveContainer(at);
  const { network } = await live.find(seat);
  await connectSeat(host.name, seat, await host.block(), network);
}

/** One that runs is kept; one that doesn't is made anew, for image and limits may be others by now and nothing lives in it. */
async function haveContainer(at: SeatTask): Promise<void> {
  const { host, seat, name, paths } = at;
  const { docker } = host;
  if ((await docker.inspectContainer(name))?.State.Running) return;
  await dropContainer(at);
  const tmuxConf = join(paths.directory, "tmux.conf");
  await writeFile(tmuxConf, tmuxConfig(seat, { shell: "/bin/bash", terminal: "tmux-256color" }), { mode: 0o644 });
  await createAnyway(at, containerOf({ ...(await host.wish(seat)), tmuxConf }));
  await docker.startContainer(name);
}

/** The daemon may still be making the one that an agent wished for which was killed. */
async function createAnyway(at: SeatTask, wish: CreateContainer): Promise<void> {
  const { docker } = at.host;
  await docker.createContainer(at.name, wish).catch(async (error) => {
    if (!(error instanceof DockerError && error.status === 409)) throw error;
    await dropContainer(at);
    await docker.createContainer(at.name, wish);
  });
}

/** Without counting: of one that is being made, or that nothing lives in. */
export async function dropContainer({ host, live, seat, name }: SeatTask): Promise<void> {
  live.forget(seat);
  await host.docker.removeContainer(name);
  await removeCable(host.name, seat);
}

export async function stopContainer({ task, host, live, seat, name }: SeatTask): Promise<void> {
  const { docker } = host;
  live.forget(seat);
  const found = await docker.inspectContainer(name);
  if (!found?.State.Running) return;
  addRemoved(task.memory, seat, { processes: await docker.countProcesses(found.Id) });
  await docker.stopContainer(found.Id);
}

export async function removeContainer(at: SeatTask): Promise<void> {
  await stopContainer(at);
  await dropContainer(at);
}
