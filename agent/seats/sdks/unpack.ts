import { createWriteStream } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ArchiveEntry, readArchive, refused } from "../../contract/archives.ts";

/** npm's largest that we take has 2,818; its files all go to one directory, so that more would hold a disk up and nothing else. */
const ENTRIES_LIMIT = 100_000;

/**
 * Writes a package's files below `into`, without the archive's own first directory. Only files and directories: npm packs nothing else.
 * Readable by all, writable by their owner alone, whatever the archive and this process' umask say.
 * @throws Problem INVALID_INPUT naming what is neither, or lies outside
 */
export async function unpackPackage(archive: string, name: string, into: string, signal: AbortSignal): Promise<void> {
  const made = new Set<string>();
  let entries = 0;
  for await (const entry of readArchive(archive, name)) {
    signal.throwIfAborted();
    if (++entries > ENTRIES_LIMIT) throw refused(name, entry.name, `is one entry more than ${ENTRIES_LIMIT}`);
    const path = pathOf(entry, name);
    if (path === "") continue;
    if (entry.kind === "directory") await makeDirectory(into, path, made);
    else if (entry.kind === "file") await writeFile(entry, into, path, made, signal);
    else throw refused(name, entry.name, "is neither file nor directory");
  }
}

function pathOf({ name, kind }: ArchiveEntry, archive: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0"))
    throw refused(archive, name, "lies outside the package");
  if (parts.length === 1 && kind !== "directory") throw refused(archive, name, "lies beside the package's directory");
  return parts.slice(1).join("/");
}

async function writeFile(entry: ArchiveEntry, into: string, path: string, made: Set<string>, signal: AbortSignal): Promise<void> {
  await makeDirectory(into, posix.dirname(path), made);
  // Never over what is there: an archive that names a file twice is none of npm's.
  await pipeline(Readable.from(entry.read()), createWriteStream(join(into, path), { flags: "wx" }), { signal });
  await chmod(join(into, path), entry.mode & 0o100 ? 0o755 : 0o644);
}

async function makeDirectory(into: string, path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return;
  if (path !== ".") await makeDirectory(into, posix.dirname(path), made);
  await mkdir(join(into, path), { recursive: true });
  await chmod(join(into, path), 0o755);
  made.add(path);
}
