import { chown, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { seatName } from "../../contract/seats.ts";
import type { Handler, TaskRun } from "../../engine/task.ts";
import { shellStart, tmuxConfig } from "../process/environment.ts";
import { addRemoved } from "../receipt.ts";
import { unpackStarter } from "../starter.ts";
import { containerOf } from "./container.ts";
import { diskUse, exists, isWhole, makeDisk, mountDisk, removeDisk } from "./disk.ts";
import { onHost } from "./host.ts";
import type { LiveSeats } from "./live.ts";
import type { Machine } from "./machine.ts";
import { LEARNER, seatObject, WORKSPACE } from "./names.ts";
import { makeNetwork, removeNetwork } from "./network.ts";
import { runToEnd } from "./programs.ts";
import type { MachineData, SeatData } from "./request.ts";
import { SESSION, TERMINAL_ENV } from "./terminal.ts";

const dataOf = (task: TaskRun): SeatData => task.data as unknown as SeatData;

export function handlersOf(machine: Machine, live: LiveSeats): Record<string, Handler> {
  const { docker } = machine;
  const seatOf = (task: TaskRun) => dataOf(task).seat;
  const nameOf = (task: TaskRun) => seatObject(machine.name, seatOf(task));
  const pathsOf = (task: TaskRun) => machine.paths(seatOf(task));

  async function prepareMachine(task: TaskRun): Promise<void> {
    const { seats } = task.data as unknown as MachineData;
    await machine.prepare(seats, task.signal, task.log);
  }

  async function makeSeatDisk(task: TaskRun): Promise<void> {
    const paths = pathsOf(task);
    await makeDisk(paths, machine.settings.disk);
    const start = join(paths.home, ".bashrc");
    if (await exists(start)) return;
    await writeFile(start, shellStart(seatOf(task)), { mode: 0o644 });
    await chown(start, LEARNER.uid, LEARNER.gid);
  }

  async function repairDisk(task: TaskRun): Promise<void> {
    const paths = pathsOf(task);
    if (await exists(paths.image)) return mountDisk(paths);
    throw new Problem(
      "UNAVAILABLE",
      `The disk of seat ${seatName(seatOf(task))} is gone ("${paths.image}"). Free the seat to make it anew.`,
    );
  }

  /** Before the container exists: no learner is there to race with. In one step, or not at all. */
  async function unpack(task: TaskRun): Promise<void> {
    const { starter } = dataOf(task);
    const { workspace, mount } = pathsOf(task);
    if (!starter || (await readdir(workspace)).length > 0) return;
    const into = join(mount, "unpacking");
    await rm(into, { recursive: true, force: true });
    try {
      await mkdir(into, { mode: 0o755 });
      const progress = (done: number, total: number) => task.progress("files", done, total);
      const archive = machine.given.starterPath(starter.digest);
      await unpackStarter({ archive, name: starter.name, into, progress, signal: task.signal });
      await onHost("give the starter files to the learner", ["chown", "-R", "-h", `${LEARNER.uid}:${LEARNER.gid}`, into]);
      await rename(into, workspace);
    } catch (error) {
      await rm(into, { recursive: true, force: true });
      throw error;
    }
  }

  async function startContainer(task: TaskRun): Promise<void> {
    const seat = seatOf(task);
    if (!(await isWhole(pathsOf(task)))) throw new Problem("UNAVAILABLE", `The disk of seat ${seatName(seat)} isn't mounted.`);
    await machine.raiseFirewall();
    await haveContainer(task);
    const { container } = await live.find(seat);
    await startSession(container);
  }

  /** One that runs is kept; one that doesn't is made anew, for image and limits may be others by now and nothing lives in it. */
  async function haveContainer(task: TaskRun): Promise<void> {
    const name = nameOf(task);
    if ((await docker.inspectContainer(name))?.State.Running) return;
    live.forget(seatOf(task));
    await docker.removeContainer(name);
    const { directory } = pathsOf(task);
    const tmuxConf = join(directory, "tmux.conf");
    await writeFile(tmuxConf, tmuxConfig(seatOf(task)), { mode: 0o644 });
    await docker.createContainer(name, containerOf({ ...(await machine.wish(seatOf(task))), tmuxConf }));
    await docker.startContainer(name);
  }

  async function startSession(container: string): Promise<void> {
    const argv = ["tmux", "-u", "new-session", "-d", "-s", SESSION, "-c", WORKSPACE, "-x", "80", "-y", "24"];
    const done = await runToEnd(docker, container, argv, { env: TERMINAL_ENV });
    if (done.code !== 0 && !done.stderr.includes("duplicate session"))
      throw new Problem("UNAVAILABLE", `tmux doesn't start in the seat: ${done.stderr.trim() || `exit code ${done.code}`}`);
  }

  async function stopContainer(task: TaskRun): Promise<void> {
    live.forget(seatOf(task));
    const found = await docker.inspectContainer(nameOf(task));
    if (!found?.State.Running) return;
    addRemoved(task.memory, seatOf(task), { processes: await docker.countProcesses(found.Id) });
    await docker.stopContainer(found.Id);
  }

  async function removeContainer(task: TaskRun): Promise<void> {
    await stopContainer(task);
    await docker.removeContainer(nameOf(task));
  }

  async function removeSeatNetwork(task: TaskRun): Promise<void> {
    const there = (await docker.inspectNetwork(nameOf(task))) !== undefined;
    await removeNetwork(docker, machine.name, seatOf(task));
    addRemoved(task.memory, seatOf(task), { sockets: there ? 1 : 0 });
  }

  async function removeSeatDisk(task: TaskRun): Promise<void> {
    const paths = pathsOf(task);
    const there = await exists(paths.directory);
    const bytes = await diskUse(paths);
    await removeDisk(paths);
    addRemoved(task.memory, seatOf(task), { directories: there ? 1 : 0, bytes });
  }

  return {
    "docker/prepare-machine": { do: prepareMachine },
    "docker/make-disk": { do: makeSeatDisk, undo: (task) => removeDisk(pathsOf(task)) },
    "docker/unpack-starter": { do: unpack },
    "docker/make-network": {
      do: (task) => makeNetwork(docker, machine.name, seatOf(task), machine.settings.subnets),
      undo: (task) => removeNetwork(docker, machine.name, seatOf(task)),
    },
    "docker/start-container": {
      do: startContainer,
      undo: async (task) => {
        live.forget(seatOf(task));
        await docker.removeContainer(nameOf(task));
      },
    },
    "docker/repair-disk": { do: repairDisk },
    "docker/repair-network": { do: (task) => makeNetwork(docker, machine.name, seatOf(task), machine.settings.subnets) },
    "docker/repair-container": { do: startContainer },
    "docker/stop-container": { do: stopContainer },
    "docker/remove-container": { do: removeContainer },
    "docker/remove-network": { do: removeSeatNetwork },
    "docker/remove-disk": { do: removeSeatDisk },
  };
}
