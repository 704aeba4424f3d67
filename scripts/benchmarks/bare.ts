import type { DockerClient } from "../../agent/seats/docker/client/client.ts";

/** As many as the seat manager makes side by side. */
const PARALLEL = 4;

/** A container of the seats' image with nothing of ours in it, running in a network that Docker made. */
export async function startBare(docker: DockerClient, image: string, name: string, network: string): Promise<void> {
  await docker.createContainer(name, {
    ...{ Image: image, Hostname: name, User: "0:0", WorkingDir: "/", Env: [], Labels: {} },
    ...{ Entrypoint: [], Cmd: ["sleep", "infinity"], StopSignal: "SIGKILL", HostConfig: { NetworkMode: network } },
  });
  await docker.startContainer(name);
}

/** @returns seconds */
export async function sideBySide(names: readonly string[], work: (name: string) => Promise<void>): Promise<number> {
  const began = performance.now();
  const queue = [...names];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return (performance.now() - began) / 1000;
}
