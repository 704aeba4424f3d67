import { readFile, writeFile } from "node:fs/promises";

/**
 * What the kernel counts by user id, and all seats' learners have one: one seat could take them all. High enough that each seat's own memory,
 * to which the kernel charges them, ends first. For pipes 0 is no limit.
 */
const LIMITS = {
  "fs/inotify/max_user_instances": 1_048_576,
  "fs/inotify/max_user_watches": 4_194_304,
  "fs/pipe-user-pages-soft": 0,
} as const;

/** Never lower than they are. @throws when the kernel's settings can't be written */
export async function raiseSharedLimits(): Promise<void> {
  for (const [name, wanted] of Object.entries(LIMITS)) {
    const file = `/proc/sys/${name}`;
    const now = Number(await readFile(file, "utf8"));
    if (wanted === 0 ? now !== 0 : now < wanted) await writeFile(file, String(wanted));
  }
}
