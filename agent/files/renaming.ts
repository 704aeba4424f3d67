import { link, rename as renameFile, unlink } from "node:fs/promises";
import { Problem } from "../contract/errors.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { SystemError } from "../system-calls.ts";
import { look, openRoot, settle } from "./descriptors.ts";
import { openTarget, type Target } from "./folders.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf, refusal } from "./refusals.ts";

/** Moves a file, folder or link; what stands at the target is never replaced. @throws Problem naming the path it is about */
export async function rename(seat: SeatHandle, from: WorkspacePath, to: WorkspacePath): Promise<void> {
  using root = openRoot(seat);
  const source = about(from, () => openTarget(root, from, settle(root, from)));
  using _above = source.parent;
  const target = about(to, () => openTarget(root, to, to.names));
  using _below = target.parent;
  try {
    await move(source, target);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new Problem("STATE_CONFLICT", `"${to.text}" already exists: choose another name.`);
    throw refusal(error, from.text);
  }
}

/** Disks without hard links, links to files of others. */
const CANT_LINK: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"];

/**
 * Not `renameat2`, which can be called on the loop only: a file gets its second name first, which fails where there is something, and loses
 * the other then. A folder's rename replaces an empty folder at most. @throws SystemError EEXIST
 */
export async function move(source: Target, target: Target): Promise<void> {
  const stats = look(source.parent, source.name);
  if (!stats) throw new SystemError("ENOENT", "rename");
  if (look(target.parent, target.name)) throw new SystemError("EEXIST", "rename");
  const { disk } = source.parent;
  const [from, to] = [source.parent.at(source.name), target.parent.at(target.name)];
  if (stats.isDirectory()) return disk.run(() => renameFile(from, to));
  try {
    await disk.run(() => link(from, to));
  } catch (error) {
    if (!CANT_LINK.includes(codeOf(error))) throw error;
    return disk.run(() => renameFile(from, to));
  }
  // What another program has saved under the old name meanwhile stays there.
  if (look(source.parent, source.name)?.ino === stats.ino) await disk.run(() => unlink(from));
}

function about<T>(path: WorkspacePath, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw refusal(error, path.text);
  }
}
