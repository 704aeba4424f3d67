import { stat, statfs } from "node:fs/promises";
import type { SystemInfo } from "../contract/api.ts";
import { Problem } from "../contract/errors.ts";
import { gigabytes } from "../contract/findings.ts";
import type { Runtime } from "../seats/runtime.ts";
import type { Warnings } from "../seats/warnings.ts";

/**
 * From here on nothing is begun that takes room: what runs already needs the rest, the engine's own notes of what it undoes most of all.
 * As `df` counts, which is what an operator looks at.
 */
export const DISK_FULL_PERCENT = 90;

type Disk = SystemInfo["disks"][number];

export interface Health {
  disks: Disk[];
  /** Why nothing new is begun: for people, with figures. Missing: all is well. */
  why?: string;
}

/** Whether the machine can begin anything now: looked at for each call that asks, so that it heals by itself. */
export interface Degraded {
  look(): Promise<Health>;
  /** @param what in "It isn't possible … now": `to launch a seat` @throws Problem UNAVAILABLE with the reason */
  refuse(what: string): Promise<void>;
}

/** @param directory the machine's */
export function openDegraded(directory: string, runtime: Pick<Runtime, "needs">, warnings: Pick<Warnings, "add">): Degraded {
  async function look(): Promise<Health> {
    const { directories, away } = (await runtime.needs?.()) ?? { directories: [] };
    const disks = await disksOf([directory, ...directories]);
    const full = disks.filter(({ usedPercent }) => usedPercent >= DISK_FULL_PERCENT);
    const reasons = full.map((disk) => ({ about: `disk ${disk.path}`, message: fullMessage(disk) }));
    if (away !== undefined) reasons.push({ about: "look", message: away });
    for (const reason of reasons) warnings.add(reason);
    return { disks, ...(reasons.length > 0 && { why: reasons.map(({ message }) => message).join(" ") }) };
  }

  return {
    look,
    refuse: async (what) => {
      const { why } = await look();
      if (why !== undefined)
        throw new Problem("UNAVAILABLE", `It isn't possible ${what} now. ${why} Seats can be stopped and removed meanwhile.`);
    },
  };
}

const fullMessage = ({ path, total, free, usedPercent }: Disk): string =>
  `The disk of "${path}" is ${usedPercent} % full: ${gigabytes(free)} of ${gigabytes(total)} are free, and from ${DISK_FULL_PERCENT} % on nothing new is begun. Free some room there.`;

/** Each disk once, by the first directory on it. A directory that isn't here is another computer's. */
async function disksOf(directories: readonly string[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>();
  for (const path of directories) {
    const device = await stat(path).catch(() => undefined);
    const found = await statfs(path).catch(() => undefined);
    if (!device || !found || found.blocks === 0 || disks.has(device.dev)) continue;
    const { bsize, blocks, bfree, bavail } = found;
    const used = blocks - bfree;
    const usedPercent = Math.ceil((used / (used + bavail)) * 100);
    disks.set(device.dev, { path, total: blocks * bsize, free: bavail * bsize, usedPercent });
  }
  return [...disks.values()];
}
