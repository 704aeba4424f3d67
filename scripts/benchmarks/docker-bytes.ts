import { DockerClient } from "../../agent/seats/docker/client/client.ts";
import { runProgram } from "../../agent/seats/docker/container/programs.ts";
import { type Figure, percentile } from "./figures.ts";

const ROUNDS = 3;
const FLOOD_MB = 100;

/** Megabytes for a second of processor time, through our connection and through Docker's own program. */
export async function bytes(socket: string, container: string): Promise<Figure> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await ourBytes(new DockerClient(socket), container));
    if (Bun.which("docker")) theirs.push(await dockersBytes(socket, container));
  }
  const figure: Figure = {
    bench: "docker",
    name: "terminal bytes per processor second",
    value: percentile(ours, 50),
    unit: "MB/s",
  };
  return theirs.length > 0 ? { ...figure, peer: { name: "docker exec", value: percentile(theirs, 50) } } : figure;
}

const FLOOD = ["head", "-c", String(FLOOD_MB * 1e6), "/dev/zero"];

async function ourBytes(docker: DockerClient, container: string): Promise<number> {
  const before = process.cpuUsage();
  let got = 0;
  const { stream } = await runProgram({ docker, container, uid: 0 }, { argv: FLOOD, tty: true });
  stream.onData((piece) => {
    got += piece.length;
  });
  await stream.closed;
  const { user, system } = process.cpuUsage(before);
  return got / (user + system);
}

async function dockersBytes(socket: string, container: string): Promise<number> {
  const child = Bun.spawn(["docker", "-H", `unix://${socket}`, "exec", container, ...FLOOD], {
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;
  return (FLOOD_MB * 1e6) / Number(child.resourceUsage()?.cpuTime.total ?? 0);
}
