import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { seatName } from "../../../contract/seats.ts";
import { addRemoved } from "../../receipt.ts";
import { tmuxConfig } from "../../tmux-config.ts";
import type { Mount } from "../client/types.ts";
import { devicesOf, giveConnections } from "../connect/connect-tasks.ts";
import { isWhole } from "../disk/disk.ts";
import { giveDisk } from "../disk/owner.ts";
import { sdkMounts } from "../layers/builder.ts";
import { type Made, madeOf, noteMade } from "../made.ts";
import { ENGINE_INSIDE, stashOf } from "../names.ts";
import { connectSeat, removeCable } from "../network/network.ts";
import type { SeatTask } from "../seat-task.ts";
import { accountsWith } from "./accounts.ts";
import { MANAGED, writeClaudeSettings, writeMcpServers } from "./claude-files.ts";
import { containerOf, runsAs } from "./container.ts";
import { bindReadOnly } from "./mounts.ts";

/** Connected. Its session begins with the first viewer, in the size of his screen: ten of them here were a quarter of a machine's start. */
export async function startContainer(at: SeatTask): Promise<void> {
  const { host, live, seat, paths } = at;
  if (!(await isWhole(paths))) throw new Problem("UNAVAILABLE", `The disk of seat ${seatName(seat)} isn't mounted.`);
  await host.wall.raise();
  const made = await madeFrom(at);
  noteMade(at.task.memory, seat, made);
  await haveContainer(at, made);
  const { network } = await live.find(seat);
  await connectSeat(host.name, seat, await host.block(), network);
  await giveConnections(at);
}

/** The top layer of what is wished; of a seat that is started again, what it had before. One of an earlier release had the image alone. */
async function madeFrom({ task, seat, list, host, layers }: SeatTask): Promise<Made> {
  if (list) return layers.top(list, task);
  return madeOf(task.memory, seat) ?? { image: (await host.baseImage()).Id, trees: [] };
}

/** One that runs is kept; one that doesn't is made anew, for image and limits may be others by now and nothing lives in it. */
async function haveContainer(at: SeatTask, { image, trees }: Made): Promise<void> {
  const { host, seat, name, paths, uid } = at;
  const { docker } = host;
  if (runsAs(await docker.inspectContainer(name), uid)) return;
  await dropContainer(at);
  await giveDisk(paths, uid);
  await host.mountProject();
  const wish = { ...(await host.wish(seat)), image, sdks: sdkMounts(trees), devices: await devicesOf(at) };
  const container = containerOf({ ...wish, files: await writeFiles(at, { image, trees }) });
  await docker.createAnew(name, container, () => dropContainer(at));
  await docker.startContainer(name);
}

/** Beside the seat's disk, and mounted where programs look for them. */
async function writeFiles({ host, seat, uid, paths }: SeatTask, { image, trees }: Made): Promise<Mount[]> {
  const { passwd, group } = accountsWith(await host.accounts(image), uid, host.gid(seat));
  await writeClaudeSettings(host, seat);
  await writeMcpServers(
    host,
    seat,
    trees.map(({ name }) => name),
  );
  // Of the disk, too, root's alone: a learner's hook gets a directory in there while it runs.
  await mkdir(paths.state, { recursive: true, mode: 0o755 });
  const tmux = tmuxConfig(seat, { shell: "/bin/bash", terminal: "tmux-256color" });
  const files = Object.entries({ passwd, group, "tmux.conf": tmux });
  const mounts = await Promise.all(
    files.map(async ([name, text]) => {
      const path = join(paths.directory, name);
      await writeFile(path, text, { mode: 0o644 });
      return bindReadOnly(path, `/etc/${name}`);
    }),
  );
  // Only root writes there, whatever this process' umask says.
  await mkdir(paths.engine, { recursive: true });
  await chmod(paths.engine, 0o755);
  return [...mounts, bindReadOnly(paths.cli, MANAGED), bindReadOnly(paths.engine, ENGINE_INSIDE)];
}

/** With what it was before, where that is still there. */
export async function removeContainers(at: SeatTask): Promise<void> {
  await dropContainer(at);
  await at.host.docker.removeContainer(stashOf(at.name));
}

/** Without counting: of one that is being made, was stopped, or that nothing lives in. */
export async function dropContainer({ host, live, connector, besides, seat, name }: SeatTask): Promise<void> {
  connector.release(seat);
  await besides.end(seat);
  live.forget(seat);
  await host.docker.removeContainer(name);
  await removeCable(host.name, seat);
}

export async function stopContainer({ task, host, live, connector, besides, seat, name }: SeatTask): Promise<void> {
  const { docker } = host;
  connector.release(seat);
  await besides.end(seat);
  live.forget(seat);
  const found = await docker.inspectContainer(name);
  if (!found?.State.Running) return;
  addRemoved(task.memory, seat, { processes: await docker.countProcesses(found.Id) });
  await docker.stopContainer(found.Id);
}
