import { seatObject } from "../../agent/seats/docker/names.ts";
import { createNetwork, removeNetwork } from "../../test/support/docker-networks.ts";
import { type DockerSeats, dockerSeats } from "../../test/support/docker-seats.ts";
import { startDockerWorld } from "../../test/support/docker-world.ts";
import { type PrivateDocker, smallSeats, startDocker } from "../../test/support/dockerd.ts";
import { fullClass } from "./class.ts";
import { bytes } from "./docker-bytes.ts";
import { echoes, prompts } from "./docker-echoes.ts";
import { type Figure, percentile } from "./figures.ts";
import { memory } from "./memory.ts";

const TEN = Array.from({ length: 10 }, (_, i) => i + 1);
const MiB = 1024 ** 2;
/** As many as the seat manager makes side by side. */
const PARALLEL = 4;
/** Of which the median counts: a machine that does other things too makes single ones differ by a fifth. */
const ROUNDS = 3;

/** Seats in containers on a daemon of its own: start, one seat's attacks felt by the others, the cost of a byte. Needs root. */
export async function dockerFigures(): Promise<Figure[]> {
  const daemon = await startDocker();
  let seats: DockerSeats | undefined;
  try {
    // The first containers after the daemon's start pay for its caches.
    await bareSeconds(daemon, "warm");
    const [bare, made]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await bareSeconds(daemon, `bare${round}`));
      await seats?.remove();
      const began = performance.now();
      seats = await dockerSeats(TEN, { settings: { ...smallSeats(daemon), memory: 512 * MiB, disk: 128 * MiB, cpus: 0.5 } });
      made.push((performance.now() - began) / 1000);
    }
    if (!seats) throw new Error("no seats were made");
    const peer = { name: "ten create + start", value: percentile(bare, 50) };
    const start = {
      bench: "docker",
      name: "ten seats, from nothing to ready",
      value: percentile(made, 50),
      unit: "s",
      peer,
      aim: 1.2,
    };
    return [
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
  const began = performance.now();
  const queue = [...names];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      await docker.createContainer(name, {
        ...{ Image: image, Hostname: name, User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
        ...{ Entrypoint: [], Cmd: ["sleep", "infinity"], HostConfig: { NetworkMode: network } },
      });
      await docker.startContainer(name);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const seconds = (performance.now() - began) / 1000;
  for (const name of names) await docker.removeContainer(name);
  await removeNetwork(socket, network);
  return seconds;
}
