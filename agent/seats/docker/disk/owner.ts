import { stat } from "node:fs/promises";
import { onHost } from "../host-programs.ts";
import type { SeatPaths } from "../names.ts";

/**
 * What the disk's learner had under another uid becomes this one's: a disk of an earlier release, or of a machine that has other addresses
 * since a reboot. Only while nothing runs on it; so already is fine.
 */
export async function giveDisk({ home, run, tmp, mounts, workspace, project }: SeatPaths, uid: number): Promise<void> {
  // A project's directory is a person's own.
  const parts = project ? [tmp, run, mounts, home] : [tmp, run, mounts, home, workspace];
  const before = (await stat(parts.at(-1) ?? home)).uid;
  if (before === uid) return;
  // The last one last, and of it what is in it first: it is what was looked at, and this may be cut short.
  for (const part of parts)
    await onHost(`give "${part}" to uid ${uid}`, ["chown", "-R", "-h", `--from=${before}`, `${uid}:${uid}`, part]);
}
