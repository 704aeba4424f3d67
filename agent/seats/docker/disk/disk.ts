import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { onHost, tryOnHost } from "../host-programs.ts";
import type { SeatPaths } from "../names.ts";
import { mountsOf } from "./mount-table.ts";

/** No set-user-id program and no device node of a learner's ever works, seen from the machine or from the seat. */
const MOUNT_OPTIONS = "nosuid,nodev,noatime";

const MOUNT_TRIES = 10;
const LOOK_MS = 100;
const LET_GO_MS = 5000;

/**
 * The seat's whole storage is one ext4 file system of fixed size in a file: a full seat gets ENOSPC, the machine nothing.
 * Its blocks are reserved when it is made, so that ten promises can't be more than the disk.
 * @returns true when it was made now @throws Problem `UNAVAILABLE`
 */
export async function makeDisk(paths: SeatPaths, bytes: number, uid: number): Promise<boolean> {
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  const made = !(await exists(paths.image));
  if (made) await makeImage(paths.image, bytes);
  await mountDisk(paths, uid);
  return made;
}

async function makeImage(image: string, bytes: number): Promise<void> {
  const part = `${image}.part`;
  await rm(part, { force: true });
  await onHost(`reserve ${bytes} bytes for "${image}"`, ["fallocate", "-l", String(bytes), part]);
  // nodiscard: a discard would punch the reserved blocks out of the file again.
  const options = "nodiscard,lazy_itable_init=1,lazy_journal_init=1";
  await onHost(`make a file system in "${image}"`, ["mkfs.ext4", "-q", "-F", "-m", "0", "-E", options, part]);
  await rename(part, image);
}

/**
 * Mounted already is fine; the directories in it are made when missing. Twice: as it is for the container, and for the agent in a way on which
 * the kernel follows no symbolic link, so that a socket, file or directory which a learner swaps for a link is an error and never a way out.
 */
export async function mountDisk(paths: SeatPaths, uid: number): Promise<void> {
  for (const path of [paths.inner, paths.mount]) await mkdir(path, { recursive: true, mode: 0o711 });
  await mountImage(paths);
  if (!(await isWhole(paths))) {
    await unmount(paths.mount);
    await mountWithoutLinks(paths);
  }
  if (!paths.project) await makeDirectory(paths.workspace, 0o755, uid);
  await makeDirectory(paths.home, 0o700, uid);
  await makeDirectory(paths.run, 0o700, uid);
  await makeDirectory(paths.tmp, 0o1777, 0);
  await makeDirectory(paths.mounts, 0o700, 0);
}

/** An agent that was killed may have left a `mount` that is still at it. */
async function mountImage({ image, inner }: SeatPaths): Promise<void> {
  for (let turn = 1; !(await isMounted(inner)); turn++) {
    try {
      await onHost(`mount "${image}"`, ["mount", "-o", `loop,${MOUNT_OPTIONS}`, image, inner]);
    } catch (error) {
      if (turn === MOUNT_TRIES) throw error;
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** The first whose `mount` knows the option. */
export const NEEDS_MOUNT = "util-linux 2.38";

async function mountWithoutLinks({ inner, mount }: SeatPaths): Promise<void> {
  const what = `mount "${mount}" without links (it needs Linux 5.10 and ${NEEDS_MOUNT})`;
  await onHost(what, ["mount", "--bind", inner, mount]);
  try {
    await onHost(what, ["mount", "-o", `remount,bind,nosymfollow,${MOUNT_OPTIONS}`, mount]);
  } catch (error) {
    await onHost(`unmount "${mount}"`, ["umount", mount]);
    throw error;
  }
}

/** Unmounted and deleted with all work in it; what isn't there is fine. */
export async function removeDisk(paths: SeatPaths): Promise<void> {
  await unmountDisk(paths);
  await rm(paths.directory, { recursive: true, force: true });
  // A container's last processes hold the disk a moment longer than Docker says.
  const end = performance.now() + LET_GO_MS;
  while ((await loopsUnder(paths.directory)).length > 0 && performance.now() < end) await Bun.sleep(LOOK_MS);
}

export async function unmountDisk(paths: SeatPaths): Promise<void> {
  for (const path of [paths.mount, paths.inner]) await unmount(path);
}

/** Nothing mounted there is fine. */
export async function unmount(path: string): Promise<void> {
  for (let turn = 0; (await isMounted(path)) && turn < 4; turn++) {
    const gentle = await tryOnHost(["umount", path]);
    // Somebody still has a file open: out of sight now, gone when it is closed.
    if (gentle.code !== 0) await onHost(`unmount "${path}"`, ["umount", "-l", path]);
  }
}

export async function isMounted(directory: string): Promise<boolean> {
  return (await mountsOf()).has(directory);
}

/** Mounted for the container and, safely, for the agent. */
export async function isWhole({ inner, mount }: Pick<SeatPaths, "inner" | "mount">): Promise<boolean> {
  const all = await mountsOf();
  return all.has(inner) && (all.get(mount)?.options.includes("nosymfollow") ?? false);
}

/** `/dev/loop3`: what the kernel counts its reading and writing by. @throws when it isn't mounted */
export async function diskDevice({ inner }: SeatPaths): Promise<string> {
  const device = (await mountsOf()).get(inner)?.device;
  if (device === undefined) throw new Problem("UNAVAILABLE", `the disk "${inner}" isn't mounted`);
  return device;
}

/** Bytes written in it; 0 when it isn't mounted. */
export async function diskUse({ mount }: SeatPaths): Promise<number> {
  if (!(await isMounted(mount))) return 0;
  const { blocks, bfree, bsize } = await statfs(mount);
  return (blocks - bfree) * bsize;
}

/** Loop devices whose file is under `directory`; `(deleted)` ones too. */
export async function loopsUnder(directory: string): Promise<string[]> {
  const names = (await readdir("/sys/block").catch(() => [])).filter((name) => name.startsWith("loop"));
  const files = await Promise.all(names.map((name) => readFile(`/sys/block/${name}/loop/backing_file`, "utf8").catch(() => "")));
  return files.map((file) => file.trim()).filter((file) => file.startsWith(`${directory}/`));
}

/** Bytes still free where `directory` is, with those that images in it hold already. */
export async function diskFor(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  const seats = await readdir(directory).catch(() => []);
  const images = seats.flatMap((name) => ["disk.img", "disk.img.part"].map((file) => join(directory, name, file)));
  const held = await Promise.all(images.map(heldBy));
  return bavail * bsize + held.reduce((sum, bytes) => sum + bytes, 0);
}

/** One that is just being made has a part of its blocks. */
const heldBy = async (image: string): Promise<number> => ((await stat(image).catch(() => undefined))?.blocks ?? 0) * 512;

export const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

/** There whole or not at all: an agent killed in between would leave the learner a directory of root's. There already stays as it is. */
export async function makeDirectory(path: string, mode: number, uid: number, gid = uid): Promise<void> {
  if (await exists(path)) return;
  const part = `${path}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { mode });
  await chown(part, uid, gid);
  // The umask has taken from the mode of mkdir.
  await chmod(part, mode);
  await rename(part, path);
}
