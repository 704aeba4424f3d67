import { rename, rm } from "node:fs/promises";
import { exists } from "../disk/disk.ts";
import { makeSeatDisk } from "../disk/disk-tasks.ts";
import type { SeatTask } from "../seat-task.ts";
import { isStashed } from "./stashed.ts";

/** What restoring makes anew: a learner may have broken her own shell. All else of the disk stays. */
const parts = ({ paths }: SeatTask): string[] => [paths.home, paths.tmp];
export const asideOf = (part: string): string => `${part}.aside`;

/** The container doesn't run: no learner is there to race with. */
export async function freshHome(at: SeatTask): Promise<void> {
  for (const part of parts(at)) if (!(await exists(asideOf(part)))) await rename(part, asideOf(part));
  await makeSeatDisk(at);
}

export async function formerHome(at: SeatTask): Promise<void> {
  if (!(await isStashed(at))) return;
  for (const part of parts(at)) {
    if (!(await exists(asideOf(part)))) continue;
    await rm(part, { recursive: true, force: true });
    await rename(asideOf(part), part);
  }
}

export async function dropFormerHome(at: SeatTask): Promise<void> {
  for (const part of parts(at)) await rm(asideOf(part), { recursive: true, force: true });
}
