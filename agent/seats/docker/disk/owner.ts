import { stat } from "node:fs/promises";
import { onHost } from "../host-programs.ts";
import type { SeatPaths } from "../names.ts";

/**
 * What the disk's learner had under another uid becomes this one's: a disk of an earlier release, or of a machine that has other addresses
 * since a reboot. Only while nothing runs on it; so already is fine.
 */
export async function giveDisk({ home, run, tmp, workspace }: SeatPaths, uid: number): Promise<void> {
  const before = (await stat(workspace)).uid;
  if (before === uid) return;
  // The workspace last, and of it what is in it first: it is what was looked at, and this may be cut short.
  for (const part of [tmp, run, home, workspace])
    await onHost(`give "${part}" to uid ${uid}`, ["chown", "-R", "-h", `--from=${before}`, `${uid}:${uid}`, part]);
}
