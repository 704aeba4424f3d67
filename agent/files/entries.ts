import { type Descriptor, look } from "./descriptors.ts";
import { readDirectory } from "./syscalls.ts";
import { isTemporary } from "./temporary.ts";
import { breathe } from "./turns.ts";

/** About 1,000 entries: under a millisecond, however large the directory is. */
export const PIECE_BYTES = 32 * 1024;

/** include/linux/fs_types.h */
const TYPES: Record<number, EntryType> = { 4: "directory", 8: "file", 10: "link" };
const UNKNOWN = 0;

export type EntryType = "directory" | "file" | "link" | "special";
export interface Entry {
  name: Buffer;
  type: EntryType;
}

/**
 * What is in a directory, in pieces, in the disk's order; other work on the loop has its turn between two of them. `shown`: without
 * the temporary files of a save that is under way.
 */
export async function* entriesOf(directory: Descriptor, which: "shown" | "all" = "shown"): AsyncGenerator<Entry[]> {
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (;;) {
    const bytes = readDirectory(directory.fd, buffer);
    if (bytes === 0) return;
    const entries = entriesIn(buffer.subarray(0, bytes), directory);
    yield which === "all" ? entries : entries.filter(({ name }) => !isTemporary(name));
    await breathe();
  }
}

/** struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name and NUL. */
export function entriesIn(records: Buffer, directory: Pick<Descriptor, "at">): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    const name = Buffer.from(records.subarray(at + 19, records.indexOf(0, at + 19)));
    if (isDots(name)) continue;
    const type = records[at + 18] ?? UNKNOWN;
    entries.push({ name, type: type === UNKNOWN ? typeByLooking(directory, name) : (TYPES[type] ?? "special") });
  }
  return entries;
}

function isDots(name: Buffer): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}

/** Some file systems don't say the type in the directory. */
function typeByLooking(directory: Pick<Descriptor, "at">, name: Buffer): EntryType {
  const stats = look(directory, name);
  if (stats?.isDirectory()) return "directory";
  if (stats?.isFile()) return "file";
  return stats?.isSymbolicLink() ? "link" : "special";
}
