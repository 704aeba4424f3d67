import type { TaskView } from "../../agent/contract/changes.ts";
import { sweepLayers } from "../../agent/seats/docker/layers/sweep.ts";
import { seatObject } from "../../agent/seats/docker/names.ts";
import { createNetwork, removeNetwork } from "../../test/support/docker-networks.ts";
import { type DockerSeats, dockerSeats } from "../../test/support/docker-seats.ts";
import { startDockerWorld } from "../../test/support/docker-world.ts";
import { type PrivateDocker, smallSeats, startDocker } from "../../test/support/dockerd.ts";
import { sideBySide, startBare } from "./bare.ts";
import { fullClass } from "./class.ts";
import { bytes } from "./docker-bytes.ts";
import { echoes, prompts } from "./docker-echoes.ts";
import { type Figure, percentile } from "./figures.ts";
import { memory } from "./memory.ts";

const TEN = Array.from({ length: 10 }, (_, i) => i + 1);
const MiB = 1024 ** 2;
/** Of which the median counts: a machine that does other things too makes single ones differ by a fifth. */
const ROUNDS = 3;

/** Seats in containers on a daemon of its own: start, one seat's attacks felt by the others, the cost of a byte. Needs root. */
export async function dockerFigures(): Promise<Figure[]> {
  const daemon = await startDocker();
  let seats: DockerSeats | undefined;
  try {
    // The first containers after the daemon's start pay for its caches.
    await bareSeconds(daemon, "warm");
    const settings = { ...smallSeats(daemon), memory: 512 * MiB, disk: 128 * MiB, cpus: 0.5 };
    const launch = () => dockerSeats(TEN, { settings }, undefined, undefined, undefined, DEFAULT_DEFINITION);
    await forgetLayers(daemon);
    seats = await launch();
    const first = firstLaunch(seats);
    const [bare, made]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await bareSeconds(daemon, `bare${round}`));
      await seats.remove();
      const began = performance.now();
      seats = await launch();
      made.push((performance.now() - began) / 1000);
    }
    const peer = { name: "ten create + start", value: percentile(bare, 50) };
    const start = {
      bench: "docker",
      name: "ten seats of a definition that was built before, from nothing to ready",
      value: percentile(made, 50),
      unit: "s",
      peer,
      aim: 1.3,
    };
    return [
      ...first,
      start,
      await prompts(seats, TEN),
      ...(await echoes(seats, TEN)),
      await bytes(daemon.socket, seatObject(seats.machine, 2)),
    ];
  } finally {
    // Whatever the first does: a daemon that is left holds its data.
    await seats?.remove().catch(console.error);
    await daemon.stop();
  }
}

/** A document without one. */
const DEFAULT_DEFINITION = {};

/** As on a computer that never built any. Its SDKs' directories stay: how fast they are fetched says something of the line. */
const forgetLayers = ({ docker }: PrivateDocker) => sweepLayers(docker, [], Date.now() + 24 * 60 * 60_000);

/** What the first class of a definition waits for: what all its seats share, task by task, and then the seats. */
function firstLaunch(seats: DockerSeats): Figure[] {
  const tasks = seats.manager.report().changes.find(({ kind }) => kind === "launch")?.tasks ?? [];
  const [shared, own] = [tasks.filter(({ seat }) => seat === undefined), tasks.filter(({ seat }) => seat !== undefined)];
  const times = (all: readonly TaskView[], which: "startedAt" | "endedAt") => all.map((task) => Date.parse(task[which] ?? ""));
  const seconds = (all: readonly TaskView[]) =>
    (Math.max(...times(all, "endedAt")) - Math.min(...times(all, "startedAt"))) / 1000;
  const figure = (name: string, all: readonly TaskView[]) => ({
    ...{ bench: "docker", name: `first launch: ${name}`, value: seconds(all), unit: "s" },
  });
  return [...shared.map((task) => figure(task.summary, [task])), figure("ten seats", own), figure("all of it", tasks)];
}

/** The agent itself, as a class has it, with ten containers. */
export async function dockerMemory(): Promise<Figure[]> {
  const world = await startDockerWorld();
  try {
    const figures = await memory(await fullClass(world));
    return figures.map((figure) => ({ ...figure, bench: "docker", name: `${figure.name}, in containers`, aim: 110 }));
  } finally {
    await world.end();
  }
}

/** Ten containers of the same image with a network, nothing of ours in them. */
async function bareSeconds({ docker, socket, image }: PrivateDocker, prefix: string): Promise<number> {
  const network = `${prefix}-network`;
  await createNetwork(socket, network);
  const names = TEN.map((number) => `${prefix}-${number}`);
  const seconds = await sideBySide(names, (name) => startBare(docker, image, name, network));
  for (const name of names) await docker.removeContainer(name);
  await removeNetwork(socket, network);
  return seconds;
}
