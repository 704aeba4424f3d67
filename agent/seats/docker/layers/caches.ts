import type { DockerClient } from "../client/client.ts";
import type { Mount } from "../client/types.ts";
import { machineLabels } from "../names.ts";

/** What package managers fetched: no layer keeps it, and a build that is tried again doesn't fetch it again. */
const CACHES = {
  "apt-archives": "/var/cache/apt/archives",
  "apt-lists": "/var/lib/apt/lists",
  npm: "/var/cache/npm",
  pip: "/var/cache/pip",
};

/** Where npm and pip are to keep theirs; apt's are where apt has them. */
export const CACHE_ENVIRONMENT = { NPM_CONFIG_CACHE: CACHES.npm, PIP_CACHE_DIR: CACHES.pip } as const;

/**
 * A machine's own: what one class's SDKs leave there reaches no other class. And those of its instructor's SDKs never reach a layer of
 * ours, which other classes share.
 * @returns how they are mounted, and where they are on the machine
 */
export async function haveCaches(
  docker: DockerClient,
  machine: string,
  ofOurs: boolean,
): Promise<{ mounts: Mount[]; directories: string[] }> {
  const made = await Promise.all(
    Object.entries(CACHES).map(async ([name, target]) => {
      const volume = await docker.createVolume(`${machine}-${ofOurs ? "" : "project-"}${name}`, machineLabels(machine));
      const mount: Mount = { Type: "volume", Source: volume.Name, Target: target };
      return { mount, directory: volume.Mountpoint };
    }),
  );
  return { mounts: made.map(({ mount }) => mount), directories: made.map(({ directory }) => directory) };
}

export async function removeCaches(docker: DockerClient, machine: string): Promise<void> {
  for (const { Name } of await docker.listVolumes(machineLabels(machine))) await docker.removeVolume(Name);
}
