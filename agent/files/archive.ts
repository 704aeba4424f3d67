import { readlinkSync } from "node:fs";
import type { SeatHandle } from "../seats/seat.ts";
import { piecesOf } from "./bytes.ts";
import { type Descriptor, look, openDirectory, openFile, openRoot } from "./descriptors.ts";
import { type Entry, entriesOf } from "./entries.ts";
import { showName } from "./paths.ts";
import { codeOf } from "./refusals.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** What the archive's own directory may have in memory: about 400,000 files. */
const INDEX_BYTES = 64 * 1024 * 1024;
const INDEX_BYTES_PER_ENTRY = 150;

/** Longer than anyone reads. */
const NOTES = 1000;

const NOTES_NAME = "NOT IN THIS ARCHIVE.txt";

export interface ArchiveSource {
  seat: SeatHandle;
  /** The folder in the archive that holds the seat's work. */
  folder: string;
}

/** One archive's state over all its sources. */
interface Packing {
  notes: string[];
  missing: number;
  indexBytes: number;
}

/**
 * One zip of all these seats' work, made while it is taken. Links are stored as links; pipes, sockets, devices and what can't be read are
 * left out and named in a note at the end. A file that changes meanwhile is packed as it is read, up to the size it had.
 */
export function archiveOf(sources: readonly ArchiveSource[]): AsyncGenerator<Uint8Array> {
  return zip(everything(sources));
}

async function* everything(sources: readonly ArchiveSource[]): AsyncGenerator<ZipEntry> {
  const packing: Packing = { notes: [], missing: 0, indexBytes: 0 };
  for (const { seat, folder } of sources) yield* workOf(seat, safeName(folder) || "workspace", packing);
  if (packing.missing > 0) yield noteEntry(packing);
}

async function* workOf(seat: SeatHandle, folder: string, packing: Packing): AsyncGenerator<ZipEntry> {
  let root: Descriptor;
  try {
    root = openRoot(seat);
  } catch {
    return note(packing, folder, "the seat has no files here");
  }
  using _root = root;
  const pending: Buffer[][] = [[]];
  for (let names = pending.pop(); names; names = pending.pop()) yield* folderOf(root, names, folder, pending, packing);
}

/** Folders are opened from the root one at a time: their depth costs no descriptors. */
async function* folderOf(
  root: Descriptor,
  names: Buffer[],
  folder: string,
  pending: Buffer[][],
  packing: Packing,
): AsyncGenerator<ZipEntry> {
  const path = [folder, ...names.map((name) => safeName(showName(name)))].join("/");
  let directory: Descriptor;
  try {
    directory = openDirectory(root, names);
  } catch (error) {
    return note(packing, path, why(error));
  }
  using _directory = directory;
  const { mode, mtimeMs } = directory.stat();
  yield { name: `${path}/`, mode: Number(mode), modified: new Date(Number(mtimeMs)) };
  for await (const piece of entriesOf(directory)) {
    for (const entry of piece) {
      const shown = `${path}/${safeName(showName(entry.name))}`;
      if (!hasRoom(packing, shown)) note(packing, shown, "there are too many files for one archive");
      else if (entry.type === "directory") pending.push([...names, entry.name]);
      else yield* leafOf(directory, entry, shown, packing);
    }
  }
}

async function* leafOf(directory: Descriptor, { name, type }: Entry, shown: string, packing: Packing): AsyncGenerator<ZipEntry> {
  if (type === "special") return note(packing, shown, "it is a pipe, socket or device");
  try {
    if (type === "link") yield linkEntry(directory, name, shown);
    else yield* fileOf(directory, name, shown, packing);
  } catch (error) {
    if (codeOf(error) === "") throw error;
    note(packing, shown, why(error));
  }
}

function linkEntry(directory: Descriptor, name: Buffer, shown: string): ZipEntry {
  const target = readlinkSync(directory.at(name), { encoding: "buffer" });
  const modified = new Date(Number(look(directory, name)?.mtimeMs ?? 0));
  return { name: shown, mode: 0o120777, modified, content: { size: target.length, pieces: oneOf(target), compress: false } };
}

async function* fileOf(directory: Descriptor, name: Buffer, shown: string, packing: Packing): AsyncGenerator<ZipEntry> {
  await using file = openFile(directory, [name]);
  const { size, mode, mtimeMs } = file.stat();
  const pieces = whatCanBeRead(piecesOf(file, 0, Number(size)), shown, packing);
  yield {
    name: shown,
    mode: Number(mode),
    modified: new Date(Number(mtimeMs)),
    content: { size: Number(size), pieces, compress: true },
  };
}

/** A disk error in the middle costs the rest of that file, not the archive. */
async function* whatCanBeRead(pieces: AsyncGenerator<Buffer>, shown: string, packing: Packing): AsyncGenerator<Buffer> {
  try {
    yield* pieces;
  } catch (error) {
    note(packing, shown, `only its beginning: ${why(error)}`);
  }
}

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function hasRoom(packing: Packing, shown: string): boolean {
  packing.indexBytes += Buffer.byteLength(shown) + INDEX_BYTES_PER_ENTRY;
  return packing.indexBytes <= INDEX_BYTES;
}

/** Unpacking programs of other systems take "\" for a folder; control characters have no place in a name. */
function safeName(name: string): string {
  const safe = name.replace(/[\\/\u0000-\u001f\u007f]/g, "_");
  return /^\.{1,2}$/.test(safe) ? "_" : safe;
}

function note(packing: Packing, shown: string, reason: string): void {
  packing.missing++;
  if (packing.notes.length < NOTES) packing.notes.push(`${shown}: ${reason}`);
}

function why(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "it was removed meanwhile";
  if (code === "ENAMETOOLONG") return "its path is too long";
  return code === "ELOOP" ? "it became a link meanwhile" : `it can't be read (${code || "unknown error"})`;
}

function noteEntry({ notes, missing }: Packing): ZipEntry {
  const rest = missing > notes.length ? [`… and ${missing - notes.length} more`] : [];
  const text = Buffer.from(["These are not, or not whole, in the archive:", "", ...notes, ...rest, ""].join("\n"));
  return {
    name: NOTES_NAME,
    mode: 0o100644,
    modified: new Date(),
    content: { size: text.length, pieces: oneOf(text), compress: true },
  };
}
