import type { DockerClient } from "../client/client.ts";
import type { Accounts } from "../container/accounts.ts";
import { machineLabels } from "../names.ts";

/** Who is known in an image, read from a container of it that never runs. @param machine whose look it is: one left over goes with it */
export async function accountsIn(docker: DockerClient, machine: string, image: string): Promise<Accounts> {
  const id = await docker.createAnew(`${machine}-accounts-${image.replace("sha256:", "").slice(0, 12)}`, {
    ...{ Image: image, Hostname: "accounts", User: "0:0", WorkingDir: "/", Env: [], Labels: machineLabels(machine) },
    ...{ Entrypoint: [], Cmd: ["true"], HostConfig: { NetworkMode: "none" } },
  });
  try {
    return { passwd: await docker.readFile(id, "/etc/passwd"), group: await docker.readFile(id, "/etc/group") };
  } finally {
    await docker.removeContainer(id);
  }
}
