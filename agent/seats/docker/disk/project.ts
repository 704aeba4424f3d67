import { closeSync, fstatSync } from "node:fs";
import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import type { WantedProject } from "../../../contract/machine.ts";
import { missingProject, projectGivenAway } from "../../../contract/projects.ts";
import { openStraight } from "../connect/mount-calls.ts";
import { onHost } from "../host-programs.ts";
import type { ProjectPaths } from "../names.ts";
import { isWhole, unmount } from "./disk.ts";

/** As on a seat's disk: no set-user-id program and no device node works through it. */
const MOUNT_OPTIONS = "nosuid,nodev";

/**
 * The project's own directory becomes what its seats have as theirs; so already is fine. It is opened once, by a way without a link, and that is
 * what is mounted: a learner of a project around this one may have it lead elsewhere at any moment.
 * @throws Problem `UNAVAILABLE` when it isn't there, leads elsewhere, or belongs to somebody else by now
 */
export async function mountProject(paths: ProjectPaths, project: WantedProject): Promise<void> {
  const opened = openWithoutLinks(project.directory);
  try {
    if ((await isWhole(paths)) && (await isAt(paths.inner, opened))) return await requireOwner(paths, project);
    await unmountProject(paths);
    await mountOpened(opened, paths, project);
  } finally {
    closeSync(opened);
  }
}

async function mountOpened(opened: number, paths: ProjectPaths, project: WantedProject): Promise<void> {
  for (const path of [paths.inner, paths.mount]) await mkdir(path, { recursive: true, mode: 0o700 });
  try {
    await bindMount(`/proc/${process.pid}/fd/${opened}`, paths.inner, MOUNT_OPTIONS);
    if (!(await isAt(paths.inner, opened))) throw leadsElsewhere(project.directory);
    await requireOwner(paths, project);
    await bindMount(paths.inner, paths.mount, `nosymfollow,${MOUNT_OPTIONS}`);
  } catch (error) {
    await unmountProject(paths);
    throw error;
  }
}

function openWithoutLinks(directory: string): number {
  try {
    return openStraight(directory);
  } catch (error) {
    throw (error as { code?: unknown }).code === "ELOOP" ? leadsElsewhere(directory) : missing(directory);
  }
}

async function isAt(path: string, opened: number): Promise<boolean> {
  const [there, wanted] = [await stat(path, { bigint: true }), fstatSync(opened, { bigint: true })];
  return there.ino === wanted.ino && there.dev === wanted.dev;
}

/** Its directory stays as it is. */
export async function unmountProject({ inner, mount }: ProjectPaths): Promise<void> {
  for (const path of [mount, inner]) await unmount(path);
  // Never with what is in them: that would be the project's files.
  for (const path of [mount, inner, dirname(inner)]) await rmdir(path).catch(isGone);
}

async function bindMount(from: string, to: string, options: string): Promise<void> {
  // By default it asks what a descriptor is called, and mounts whatever is called so by then.
  await onHost(`mount "${from}"`, ["mount", "--no-canonicalize", "--bind", from, to]);
  await onHost(`mount "${from}" with ${options}`, ["mount", "-o", `remount,bind,${options}`, to]);
}

async function requireOwner({ inner }: ProjectPaths, { directory, owner }: WantedProject): Promise<void> {
  const { uid } = await stat(inner);
  const launched = owner?.uid ?? 0;
  if (uid !== launched) throw new Problem("UNAVAILABLE", projectGivenAway(directory, uid, launched));
}

const missing = (directory: string): Problem => new Problem("UNAVAILABLE", missingProject(directory));

const leadsElsewhere = (directory: string): Problem =>
  new Problem(
    "UNAVAILABLE",
    `"${directory}" leads elsewhere than when it was launched: a link is on the way. Put the directory back in its place, or remove its workshops and launch anew.`,
  );

function isGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
