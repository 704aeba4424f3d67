import { randomBytes } from "node:crypto";
import { open, rename } from "node:fs/promises";

/** Also for the group of the directory: the front of a server is a user of its own, and reads what is written for it. */
export const FOR_GROUP = 0o640;

/** Replaces a file: after a crash at any moment the old content or the new one is there, whole. Only its owner may read it, unless said. */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString("hex")}.new`;
  await writeFile(unfinished, content, mode);
  await rename(unfinished, path);
}

/** A file that isn't there yet: on the disk when this resolves, readable by its owner only, unless said. */
export async function writeFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What a look at a file answers; undefined where nothing is. */
export async function present<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
