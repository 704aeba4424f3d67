import { readFile } from "node:fs/promises";
import type { Fit } from "../../contract/fit.ts";
import { DockerClient } from "./client/client.ts";
import type { DaemonInfo } from "./client/types.ts";
import { diskFor } from "./disk/disk.ts";
import type { DockerSettings } from "./settings.ts";
import { fitOf, type MachineSize } from "./sizes.ts";

/** @param directory an existing one, where seats' disks will be */
export const machineSize = async ({ MemTotal, NCPU }: DaemonInfo, directory: string): Promise<MachineSize> => ({
  ...{ memory: MemTotal, cpus: NCPU, pids: await threadsLimit(), disk: await diskFor(directory) },
});

/** What so many seats would get here. Without a daemon that answers nothing is known, and the start says what is missing. */
export async function fitOfMachine(settings: DockerSettings, seats: number, directory: string): Promise<Fit> {
  const info = await new DockerClient(settings.socket).info().catch(() => undefined);
  return info ? fitOf(settings, seats, await machineSize(info, directory)) : { verdict: "good" };
}

/** Of what the kernel has numbers and room for the fewest. */
async function threadsLimit(): Promise<number> {
  const limits = await Promise.all(["pid_max", "threads-max"].map((name) => readFile(`/proc/sys/kernel/${name}`, "utf8")));
  return Math.min(...limits.map(Number));
}
