import { constants } from "node:fs";
import { chmod, rename, rmdir, unlink } from "node:fs/promises";
import type { SeatHandle } from "../seats/seat.ts";
import { O_PATH, openBeneath, SystemError } from "../system-calls.ts";
import { Descriptor, look, openDirectory, openRoot, settle } from "./descriptors.ts";
import { entriesOf } from "./entries.ts";
import { openTarget } from "./folders.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf } from "./refusals.ts";
import { move } from "./renaming.ts";
import { temporaryName } from "./temporary.ts";

const OWNER_MAY_ALL = 0o700;

/** A program that makes files as fast as they are removed doesn't keep the agent at it for ever. */
const ROUNDS = 1000;

/** Handed to the thread pool together: most of a removal's time is the way there and back. */
const AT_ONCE = 32;

/**
 * Deletes a file, a link, or a folder with all that is in it. A folder goes out of sight at once and is emptied then, however deep it
 * is, with no more than three descriptors: what is in its folders is moved up into it before they are removed.
 * @throws SystemError
 */
export async function remove(seat: SeatHandle, path: WorkspacePath): Promise<void> {
  using root = openRoot(seat);
  const { parent, name } = openTarget(root, path, settle(root, path));
  using _parent = parent;
  const stats = look(parent, name);
  if (!stats) throw new SystemError("ENOENT", "delete");
  if (!stats.isDirectory()) return await parent.disk.run(() => unlink(parent.at(name)));
  const doomed = temporaryName();
  await parent.disk.run(() => rename(parent.at(name), parent.at(doomed)));
  try {
    await removeFolder(parent, doomed);
  } catch (error) {
    await showAgain(parent, doomed, name);
    throw error;
  }
}

/** What couldn't be deleted is under its old name again, unless that was taken meanwhile. */
async function showAgain(parent: Descriptor, doomed: Buffer, name: Buffer): Promise<void> {
  try {
    await move({ parent, name: doomed }, { parent, name });
  } catch {
    // The error that led here is the one to tell.
  }
}

async function removeFolder(parent: Descriptor, name: Buffer): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await emptyAll(parent, name);
    try {
      return await parent.disk.run(() => rmdir(parent.at(name)));
    } catch (error) {
      if (codeOf(error) !== "ENOTEMPTY") throw error;
    }
  }
  throw new SystemError("EAGAIN", "delete");
}

/** Closed before it is removed: the last to close a removed folder waits for the disk. */
async function emptyAll(parent: Descriptor, name: Buffer): Promise<void> {
  using folder = await openToEmpty(parent, name);
  await empty(folder, folder);
}

/** One pass over `folder`: files go, empty folders go, full ones are emptied into `top`, where a later pass finds them. */
async function empty(folder: Descriptor, top: Descriptor): Promise<void> {
  // Opened anew: a directory's position is the descriptor's.
  using reading = openDirectory(folder, []);
  for await (const piece of entriesOf(reading, "all")) {
    const leaves = piece.filter(({ type }) => type !== "directory");
    for (let at = 0; at < leaves.length; at += AT_ONCE)
      await Promise.all(leaves.slice(at, at + AT_ONCE).map(({ name }) => gone(folder.disk.run(() => unlink(folder.at(name))))));
    for (const { name } of piece.filter(({ type }) => type === "directory")) {
      if (folder === top) await flatten(top, name);
      else await gone(moveUp(folder, name, top));
    }
  }
}

async function moveUp(folder: Descriptor, name: Buffer, top: Descriptor): Promise<void> {
  // Moving a folder writes its "..": it must be writable itself.
  (await openToEmpty(folder, name))[Symbol.dispose]();
  await top.disk.run(() => rename(folder.at(name), top.at(temporaryName())));
}

async function flatten(top: Descriptor, name: Buffer): Promise<void> {
  {
    using folder = await openToEmpty(top, name);
    await empty(folder, top);
  }
  try {
    await top.disk.run(() => rmdir(top.at(name)));
  } catch (error) {
    // Something was made in it meanwhile: the next pass.
    if (!["ENOTEMPTY", "ENOENT"].includes(codeOf(error))) throw error;
  }
}

/** Read-only folders are common (package caches); whoever may delete them may make them writable. */
async function openToEmpty(parent: Descriptor, name: Buffer): Promise<Descriptor> {
  using closed = new Descriptor(openBeneath(parent.fd, name, O_PATH | constants.O_DIRECTORY), parent.disk);
  if ((closed.stat().mode & 0o700n) !== 0o700n) await parent.disk.run(() => chmod(`/proc/self/fd/${closed.fd}`, OWNER_MAY_ALL));
  return openDirectory(parent, [name]);
}

async function gone(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
