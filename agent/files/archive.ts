import { readlinkSync } from "node:fs";
import { staysInside } from "../contract/links.ts";
import { ARCHIVE_BLOCKS_LIMIT, ARCHIVE_BYTES_LIMIT } from "../contract/machine.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { FolderNames, safeName } from "./archive-names.ts";
import { type Descriptor, look, openDirectory, openFile, openRoot } from "./descriptors.ts";
import { type Entry, entriesOf } from "./entries.ts";
import { bytesOf } from "./holes.ts";
import { showName } from "./paths.ts";
import { codeOf } from "./refusals.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** What the archive's own directory may have in memory: about 400,000 files. */
const INDEX_BYTES = 64 * 1024 * 1024;
const INDEX_BYTES_PER_ENTRY = 150;

/** Longer than anyone reads. */
const NOTES = 1000;

const NOTES_NAME = "LEFT-OUT.txt";

/** `stat` counts blocks of this many bytes, whatever the file system's are. */
const BLOCK = 512n;

export interface ArchiveSource {
  seat: SeatHandle;
  /** The folder in the archive that holds the seat's work. */
  folder: string;
}

/** One seat's part of an archive. */
interface Packing {
  root: Descriptor;
  /** Folders that are still to be packed. */
  pending: Folder[];
  notes: string[];
  missing: number;
  indexBytes: number;
  bytes: number;
  blocks: number;
}

interface Folder {
  names: readonly Buffer[];
  /** In the archive. */
  path: string;
}

/**
 * One zip of all these seats' work, made while it is taken. Links within the folder are stored as links, others as text; pipes, sockets,
 * devices, what can't be read and what is more than `ARCHIVE_BYTES_LIMIT` or `ARCHIVE_BLOCKS_LIMIT` of a seat are left out and named in
 * its folder's `LEFT-OUT.txt`. A file that changes meanwhile is packed as it is read, up to the size it had.
 */
export function archiveOf(sources: readonly ArchiveSource[]): AsyncGenerator<Uint8Array> {
  return zip(everything(sources));
}

async function* everything(sources: readonly ArchiveSource[]): AsyncGenerator<ZipEntry> {
  const given = new FolderNames();
  for (const { seat, folder } of sources) yield* workOf(seat, given.give(folder.trim() || "workspace"));
}

async function* workOf(seat: SeatHandle, path: string): AsyncGenerator<ZipEntry> {
  let root: Descriptor;
  try {
    root = openRoot(seat);
  } catch {
    return yield noteEntry(path, ["the seat has no files here"], 1);
  }
  using _root = root;
  const pending: Folder[] = [{ names: [], path }];
  const packing: Packing = { root, pending, notes: [], missing: 0, indexBytes: 0, bytes: 0, blocks: 0 };
  for (let folder = pending.pop(); folder; folder = pending.pop()) yield* folderOf(folder, packing);
  if (packing.missing > 0) yield noteEntry(path, packing.notes, packing.missing);
}

/** Folders are opened from the root one at a time: their depth costs no descriptors. */
async function* folderOf({ names, path }: Folder, packing: Packing): AsyncGenerator<ZipEntry> {
  let directory: Descriptor;
  try {
    directory = openDirectory(packing.root, names);
  } catch (error) {
    return note(packing, path, why(error));
  }
  using _directory = directory;
  const given = new FolderNames(names.length === 0 ? [NOTES_NAME] : []);
  const { mode, mtimeMs } = directory.stat();
  yield { name: `${path}/`, mode: Number(mode), modified: new Date(Number(mtimeMs)) };
  for await (const piece of entriesOf(directory)) {
    for (const entry of piece) {
      if (!hasRoom(packing, `${path}/${showName(entry.name)}`)) continue;
      const shown = `${path}/${given.give(showName(entry.name))}`;
      if (entry.type !== "directory") yield* leafOf(directory, entry, shown, packing);
      else packing.pending.push({ names: [...names, entry.name], path: shown });
    }
  }
}

async function* leafOf(directory: Descriptor, { name, type }: Entry, shown: string, packing: Packing): AsyncGenerator<ZipEntry> {
  if (type === "special") return note(packing, shown, "it is a pipe, socket or device");
  try {
    if (type === "link") yield linkEntry(directory, name, shown, packing);
    else yield* fileOf(directory, name, shown, packing);
  } catch (error) {
    if (codeOf(error) === "") throw error;
    note(packing, shown, why(error));
  }
}

/** Where it leads is said in words when it leads out, or when another system could read it so. */
function linkEntry(directory: Descriptor, name: Buffer, shown: string, packing: Packing): ZipEntry {
  const target = readlinkSync(directory.at(name), { encoding: "buffer" });
  const modified = new Date(Number(look(directory, name)?.mtimeMs ?? 0));
  const text = showName(target);
  const inside = safeName(text.replaceAll("/", "-")) === text.replaceAll("/", "-") && !text.includes(":");
  const below = shown.split("/").slice(1).join("/");
  if (inside && staysInside(below, text)) return { name: shown, mode: 0o120777, modified, content: whole(target) };
  note(packing, shown, `it is a link that leads out of the folder, to ${JSON.stringify(text)}: only that is stored, as text`);
  return { name: shown, mode: 0o100644, modified, content: whole(Buffer.from(`This was a link to ${text}\n`)) };
}

async function* fileOf(directory: Descriptor, name: Buffer, shown: string, packing: Packing): AsyncGenerator<ZipEntry> {
  await using file = openFile(directory, [name]);
  const { size, blocks, mode, mtimeMs } = file.stat();
  const allocated = Number(blocks * BLOCK);
  if (packing.bytes + Number(size) > ARCHIVE_BYTES_LIMIT) return note(packing, shown, tooMuch(size, ARCHIVE_BYTES_LIMIT));
  if (packing.blocks + allocated > ARCHIVE_BLOCKS_LIMIT)
    return note(packing, shown, tooMuch(BigInt(allocated), ARCHIVE_BLOCKS_LIMIT));
  packing.bytes += Number(size);
  packing.blocks += allocated;
  const pieces = whatCanBeRead(bytesOf(file, Number(size)), shown, packing);
  yield {
    name: shown,
    mode: Number(mode),
    modified: new Date(Number(mtimeMs)),
    content: { size: Number(size), pieces, compress: true },
  };
}

/** A disk error in the middle costs the rest of that file, not the archive. */
async function* whatCanBeRead(pieces: AsyncGenerator<Uint8Array>, shown: string, packing: Packing): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    note(packing, shown, `only its beginning: ${why(error)}`);
  }
}

const whole = (bytes: Uint8Array) => ({ size: bytes.length, pieces: oneOf(bytes), compress: false });

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function hasRoom(packing: Packing, shown: string): boolean {
  packing.indexBytes += Buffer.byteLength(shown) + INDEX_BYTES_PER_ENTRY;
  const fits = packing.indexBytes <= INDEX_BYTES;
  if (!fits) note(packing, shown, "there are too many files for one archive");
  return fits;
}

function note(packing: Packing, shown: string, reason: string): void {
  packing.missing++;
  if (packing.notes.length < NOTES) packing.notes.push(`${shown}: ${reason}`);
}

const gib = (bytes: bigint | number): string => `${(Number(bytes) / 2 ** 30).toFixed(1)} GiB`;
const tooMuch = (size: bigint, limit: number): string =>
  `it has ${gib(size)}, and with what is packed that is more than the ${gib(limit)} of one seat`;

function why(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "it was removed meanwhile";
  if (code === "ENAMETOOLONG") return "its path is too long";
  return code === "ELOOP" ? "it became a link meanwhile" : `it can't be read (${code || "unknown error"})`;
}

function noteEntry(path: string, notes: readonly string[], missing: number): ZipEntry {
  const more = missing > notes.length ? [`… and ${missing - notes.length} more`] : [];
  const text = Buffer.from(["These are not, or not whole, in the archive:", "", ...notes, ...more, ""].join("\n"));
  return { name: `${path}/${NOTES_NAME}`, mode: 0o100644, modified: new Date(), content: whole(text) };
}
