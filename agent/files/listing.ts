import { type FileEntry, LISTING_LIMIT, type Listing } from "../contract/files.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { type Descriptor, look, openDirectory, openRoot, settle } from "./descriptors.ts";
import { type Entry, entriesOf } from "./entries.ts";
import { showName, type WorkspacePath } from "./paths.ts";
import { breathe } from "./turns.ts";

/** Looked at between two turns of the loop: about 2 ms. */
const LOOKS_AT_A_TIME = 200;

/** What a date can hold; a file's time may be set to anything. */
const LATEST_TIME = 8.64e15;

interface Named extends Entry {
  text: string;
}

/** Directories first, then by name; of a large one the first `LISTING_LIMIT` and how many there are. @throws SystemError */
export async function list(seat: SeatHandle, path: WorkspacePath): Promise<Listing> {
  using root = openRoot(seat);
  using directory = openDirectory(root, settle(root, path));
  await breathe();
  const { first, total } = await firstOf(directory);
  const files: FileEntry[] = [];
  for (let at = 0; at < first.length; at += LOOKS_AT_A_TIME) {
    for (const entry of first.slice(at, at + LOOKS_AT_A_TIME)) files.push(...describe(directory, path.text, entry));
    await breathe();
  }
  return total > first.length ? { files, total } : { files };
}

/** Never holds more than two pieces' worth beyond the limit, whatever the directory holds. */
async function firstOf(directory: Descriptor): Promise<{ first: Named[]; total: number }> {
  let first: Named[] = [];
  let total = 0;
  const cut = () => first.sort(byOrder).slice(0, LISTING_LIMIT);
  for await (const piece of entriesOf(directory)) {
    total += piece.length;
    for (const entry of piece) first.push({ ...entry, text: showName(entry.name) });
    if (first.length > 2 * LISTING_LIMIT) first = cut();
  }
  return { first: cut(), total };
}

function byOrder(a: Named, b: Named): number {
  if ((a.type === "directory") !== (b.type === "directory")) return a.type === "directory" ? -1 : 1;
  return a.text < b.text ? -1 : 1;
}

/** Nothing for what went away meanwhile. */
function describe(directory: Descriptor, parent: string, { name, text }: Named): FileEntry[] {
  const stats = look(directory, name);
  if (!stats) return [];
  const isDirectory = stats.isDirectory();
  const isFile = stats.isFile();
  const entry: FileEntry = {
    name: text,
    path: `${parent}/${text}`,
    is_directory: isDirectory,
    size: isFile ? Number(stats.size) : 0,
    modified_at: isoTime(Number(stats.mtimeMs)),
  };
  return [isDirectory || isFile ? entry : { ...entry, kind: stats.isSymbolicLink() ? "link" : "special" }];
}

function isoTime(milliseconds: number): string {
  return new Date(Math.max(-LATEST_TIME, Math.min(LATEST_TIME, milliseconds))).toISOString();
}
