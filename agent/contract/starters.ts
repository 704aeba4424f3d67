import { type ArchiveEntry, readArchive, refused } from "./archives.ts";
import { Problem } from "./errors.ts";
import { NAME_LIMIT } from "./files.ts";
import { staysInside } from "./links.ts";

/** Unpacked; ten seats get it, and a laptop's disk must hold them all. */
export const STARTER_BYTES_LIMIT = 2 * 1024 ** 3;
/** A large project with its dependencies; more belongs into the definition. */
export const STARTER_ENTRIES_LIMIT = 100_000;
/** Within the workspace; Linux allows 4,096 with the directories above. */
const RELATIVE_PATH_LIMIT = 2048;
/** What macOS adds to every zip. */
const RUBBISH = "__MACOSX";

export interface StarterCounts {
  /** Entries that are unpacked. */
  kept: number;
  /** Those of them that are files. */
  files: number;
}

/**
 * Looks starter files through without unpacking them: whoever takes them says at once what is wrong, whoever unpacks them looks again.
 * @param archive its path  @param name as the instructor knows it
 * @throws Problem INVALID_INPUT or TOO_LARGE, naming the entry
 */
export async function inspectStarter(starter: {
  archive: string;
  name: string;
  signal?: AbortSignal | undefined;
}): Promise<StarterCounts> {
  const { archive, name, signal } = starter;
  let entries = 0;
  let bytes = 0;
  const counts = { kept: 0, files: 0 };
  for await (const entry of readArchive(archive, name)) {
    signal?.throwIfAborted();
    bytes += entry.size;
    if (++entries > STARTER_ENTRIES_LIMIT) throw tooLarge(name, `more than ${STARTER_ENTRIES_LIMIT} entries`);
    if (bytes > STARTER_BYTES_LIMIT) throw tooLarge(name, "more than 2 GiB unpacked");
    const path = pathOf(entry, name);
    if (path === undefined) continue;
    checkKind(entry, path, name);
    counts.kept++;
    if (entry.kind === "file") counts.files++;
  }
  return counts;
}

/** Where an entry goes, from the workspace; undefined for the workspace itself and for rubbish. */
export function pathOf(entry: ArchiveEntry, archive: string): string | undefined {
  const { name } = entry;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0"))
    throw refused(archive, name, "lies outside of the folder that it is unpacked in");
  if (parts.some((part) => Buffer.byteLength(part) > NAME_LIMIT))
    throw refused(archive, name, "has a name of more than 255 bytes");
  const path = parts.join("/");
  if (Buffer.byteLength(path) > RELATIVE_PATH_LIMIT)
    throw refused(archive, name, `has a path of more than ${RELATIVE_PATH_LIMIT} bytes`);
  return path === "" || parts[0] === RUBBISH ? undefined : path;
}

function checkKind(entry: ArchiveEntry, path: string, archive: string): void {
  if (entry.kind === "special") throw refused(archive, entry.name, "is neither file, directory nor link");
  if (entry.kind === "symlink" && !staysInside(path, entry.target))
    throw refused(archive, entry.name, "is a link that leads outside");
  if (entry.kind === "hardlink" && pathOf({ ...entry, name: entry.target }, archive) === undefined)
    throw refused(archive, entry.name, "is a link to nothing");
}

export const tooLarge = (archive: string, why: string): Problem =>
  new Problem("TOO_LARGE", `${archive} has ${why}. Pack less, or let the definition bring it.`);
