import { type ArchiveEntry, readArchive } from "./archives.ts";
import { Problem } from "./errors.ts";
import { pathOf } from "./starters.ts";

/** Unpacked: scripts and templates; what is larger, a hook fetches. */
export const DEFINITION_BYTES_LIMIT = 256 * 1024 ** 2;
/** A few SDKs with their templates. */
export const DEFINITION_ENTRIES_LIMIT = 10_000;

/** An archive on the disk, and as whoever sent it knows it. */
export interface ArchiveFile {
  path: string;
  name: string;
}

/** An entry by its path from the workshop.yaml's folder on. */
export interface Entry extends ArchiveEntry {
  path: string;
}

/**
 * What lies in the folder of the workshop.yaml, which may itself be the archive's only folder: that is what most programs pack.
 * @throws Problem INVALID_INPUT or TOO_LARGE, naming the entry
 */
export async function* entriesOf(file: ArchiveFile, signal?: AbortSignal): AsyncGenerator<Entry> {
  const root = rootOf(await pathsOf(file, signal));
  for await (const entry of bounded(file, signal)) {
    if (root === "" || entry.path.startsWith(root)) yield { ...entry, path: entry.path.slice(root.length) };
  }
}

async function pathsOf(file: ArchiveFile, signal: AbortSignal | undefined): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of bounded(file, signal)) paths.push(path);
  return paths;
}

async function* bounded({ path: archive, name }: ArchiveFile, signal: AbortSignal | undefined): AsyncGenerator<Entry> {
  let [entries, bytes] = [0, 0];
  for await (const entry of readArchive(archive, name)) {
    signal?.throwIfAborted();
    bytes += entry.size;
    if (++entries > DEFINITION_ENTRIES_LIMIT) throw tooLarge(name, `more than ${DEFINITION_ENTRIES_LIMIT} entries`);
    if (bytes > DEFINITION_BYTES_LIMIT) throw tooLarge(name, `more than ${DEFINITION_BYTES_LIMIT / 1024 ** 2} MiB unpacked`);
    const path = pathOf(entry, name);
    if (path !== undefined) yield { ...entry, path };
  }
}

/** With a slash at its end, or nothing. */
function rootOf(paths: readonly string[]): string {
  if (paths.includes("workshop.yaml")) return "";
  const [first = ""] = paths.find((path) => path.endsWith("/workshop.yaml"))?.split("/") ?? [];
  const folder = `${first}/`;
  const only = paths.includes(`${folder}workshop.yaml`) && paths.every((path) => path === first || path.startsWith(folder));
  return only ? folder : "";
}

const tooLarge = (name: string, why: string): Problem =>
  new Problem("TOO_LARGE", `${name} has ${why}. Pack only the workshop.yaml and its own SDKs.`);
