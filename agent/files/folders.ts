import { fchown } from "node:fs";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import { Problem } from "../contract/errors.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type Descriptor, openDirectory, openRoot } from "./descriptors.ts";
import type { WorkspacePath } from "./paths.ts";
import { codeOf } from "./refusals.ts";

const FOLDER_MODE = 0o755;
const fchownAsync = promisify(fchown);

/** A name in a directory that exists: what saving, deleting and renaming begin with. */
export interface Target {
  parent: Descriptor;
  name: Buffer;
}

/** @throws Problem FORBIDDEN for `/workspace` itself, SystemError when the folder isn't there */
export function openTarget(root: Descriptor, path: WorkspacePath, names: readonly Buffer[]): Target {
  const name = names.at(-1);
  if (!name) throw new Problem("FORBIDDEN", `"${path.text}" itself can't be changed: name a file or folder in it.`);
  return { parent: openDirectory(root, names.slice(0, -1)), name };
}

/** The same, and folders that are missing are made. */
export async function makeTarget(
  root: Descriptor,
  seat: SeatHandle,
  path: WorkspacePath,
  names: readonly Buffer[],
): Promise<Target> {
  try {
    return openTarget(root, path, names);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  let parent = openDirectory(root, []);
  for (const folder of names.slice(0, -1)) {
    using above = parent;
    parent = await enter(above, folder, seat);
  }
  return { parent, name: names.at(-1) ?? Buffer.alloc(0) };
}

/** Makes a folder; those above it too. @throws EEXIST when there is something of that name */
export async function makeFolder(seat: SeatHandle, path: WorkspacePath): Promise<void> {
  using root = openRoot(seat);
  const { parent, name } = await makeTarget(root, seat, path, path.names);
  using _parent = parent;
  await make(parent, name, seat);
}

async function enter(above: Descriptor, name: Buffer, seat: SeatHandle): Promise<Descriptor> {
  try {
    await make(above, name, seat);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return openDirectory(above, [name]);
}

async function make(above: Descriptor, name: Buffer, { owner }: SeatHandle): Promise<void> {
  await above.disk.run(() => mkdir(above.at(name), FOLDER_MODE));
  if (process.geteuid?.() !== 0) return;
  // Opened before it is given away: a link put in its place meanwhile is not followed.
  using folder = openDirectory(above, [name]);
  await above.disk.run(() => fchownAsync(folder.fd, owner.uid, owner.gid));
}
