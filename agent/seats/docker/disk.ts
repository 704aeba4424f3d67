import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { onHost, tryOnHost } from "./host.ts";
import { LEARNER, type SeatPaths } from "./names.ts";

/** No set-user-id program and no device node of a learner's ever works, seen from the machine or from the seat. */
const MOUNT_OPTIONS = "loop,nosuid,nodev,noatime";

/**
 * The seat's whole storage is one ext4 file system of fixed size in a file: a full seat gets ENOSPC, the machine nothing.
 * Its blocks are reserved when it is made, so that ten promises can't be more than the disk.
 * @returns true when it was made now @throws Problem `UNAVAILABLE`
 */
export async function makeDisk(paths: SeatPaths, bytes: number): Promise<boolean> {
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  const made = !(await exists(paths.image));
  if (made) await makeImage(paths.image, bytes);
  await mountDisk(paths);
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

/** Mounted already is fine; the directories in it are made when missing. */
export async function mountDisk(paths: SeatPaths): Promise<void> {
  await mkdir(paths.mount, { recursive: true, mode: 0o711 });
  if (!(await isMounted(paths.mount)))
    await onHost(`mount "${paths.image}"`, ["mount", "-o", MOUNT_OPTIONS, paths.image, paths.mount]);
  await makeDirectory(paths.workspace, 0o755, LEARNER);
  await makeDirectory(paths.home, 0o700, LEARNER);
  await makeDirectory(paths.run, 0o700, LEARNER);
  await makeDirectory(paths.tmp, 0o1777, { uid: 0, gid: 0 });
}

/** Unmounted and deleted with all work in it; what isn't there is fine. */
export async function removeDisk(paths: SeatPaths): Promise<void> {
  await unmountDisk(paths);
  await rm(paths.directory, { recursive: true, force: true });
}

export async function unmountDisk(paths: SeatPaths): Promise<void> {
  for (let turn = 0; (await isMounted(paths.mount)) && turn < 4; turn++) {
    const gentle = await tryOnHost(["umount", paths.mount]);
    // Somebody still has a file open: out of sight now, gone when it is closed.
    if (gentle.code !== 0) await onHost(`unmount "${paths.mount}"`, ["umount", "-l", paths.mount]);
  }
}

export async function isMounted(directory: string): Promise<boolean> {
  return (await mountPoints()).includes(directory);
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
  const held = await Promise.all(seats.map((name) => sizeOf(join(directory, name, "disk.img"))));
  return bavail * bsize + held.reduce((sum, bytes) => sum + bytes, 0);
}

export const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
export const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

async function makeDirectory(path: string, mode: number, owner: { uid: number; gid: number }): Promise<void> {
  if (await exists(path)) return;
  await mkdir(path, { mode });
  await chown(path, owner.uid, owner.gid);
  // The umask has taken from the mode of mkdir.
  await chmod(path, mode);
}

async function mountPoints(): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return lines.map((line) => unescapeMount(line.split(" ")[4] ?? ""));
}

/** The kernel writes space, tab, newline and backslash as octal. */
const unescapeMount = (path: string): string =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
