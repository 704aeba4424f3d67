import { statfs } from "node:fs/promises";
import { tryOnHost } from "../host-programs.ts";

const GiB = 1024 ** 3;

/** A look at the disk is one call of the kernel's; a look at what was written goes over all its files. */
const DISK_LOOK_MS = 200;
const USED_EACH = 10;

/** What one builder may write on the machine's disk, which Docker itself doesn't bound. */
export interface Room {
  /** In its layer and the package caches. */
  bytes: number;
  /** What stays free on the disk: seats' disks have theirs already, and all else goes on in this. */
  spareBytes: number;
  spareFiles: number;
}

export const BUILDER_ROOM: Room = {
  // The largest that was seen, TeX with all its fonts, has 6 GB.
  bytes: 8 * GiB,
  spareBytes: GiB,
  spareFiles: 10_000,
};

/** Resolves with a sentence when a builder has written too much, with undefined when `signal` aborts. */
export async function outgrown(directories: readonly string[], room: Room, signal: AbortSignal): Promise<string | undefined> {
  for (let turn = 0; !signal.aborted; turn++) {
    const { bavail, bsize, ffree, files } = await statfs(directories[0] ?? "/");
    if (bavail * bsize < room.spareBytes || (files > 0 && ffree < room.spareFiles))
      return "the machine's disk is nearly full. Make room on it, or install less";
    if (turn % USED_EACH === USED_EACH - 1 && (await used(directories)) > room.bytes)
      return `it has written more than ${(room.bytes / GiB).toFixed(1)} GiB, which is the most that one SDK may install`;
    await Bun.sleep(DISK_LOOK_MS);
  }
  return undefined;
}

/** Docker copies what a layer keeps while the builder still has it. @returns a sentence when the disk has no room for both */
export async function noRoomToKeep(directory: string, { spareBytes }: Room): Promise<string | undefined> {
  const [{ bavail, bsize }, bytes] = [await statfs(directory), await used([directory])];
  if (bavail * bsize - bytes >= spareBytes) return undefined;
  return `The machine's disk has no room to keep the ${(bytes / GiB).toFixed(1)} GiB that setup-base wrote. Make room on it, or install less.`;
}

/** Files come and go meanwhile, and that is no reason to give up; so many that they can't be counted in a minute are too many. */
async function used(directories: readonly string[]): Promise<number> {
  const { stdout } = await tryOnHost(["du", "-s", "-c", "-B1", ...directories]);
  const total = /^(\d+)\ttotal$/m.exec(stdout)?.[1];
  return total === undefined ? Number.POSITIVE_INFINITY : Number(total);
}
