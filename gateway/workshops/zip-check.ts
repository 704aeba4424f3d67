import { type FileHandle, open } from "node:fs/promises";
import { staysInside } from "../../agent/contract/links.ts";
import { bytesOf, directoryOf, type Entry, entryOf, movedRecord, piece, recordsOf } from "./joined-zip.ts";

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** What may stand between two entries: nothing, or the sizes of the first, with 32 or 64 bits. No entry fits in there. */
const GAPS: readonly number[] = [0, 16, 24];
/** Of a link's target, as Linux has it. */
const TARGET_BYTES = 4096;
/** Further than any part of an archive begins: records that can be moved so far can be moved anywhere. */
const FAR = 2 ** 50;

/** Read at once: most entries are small, and a read for each took ten seconds of a hundred thousand. */
const WINDOW = 16 * 1024;

/** Type bits of a mode. */
const [TYPE, FILE, FOLDER, LINK] = [0o170000, 0o100000, 0o040000, 0o120000];
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads all of a part's directory when it is taken: whoever broke into a machine sends any bytes, and they must neither break the archive
 * of the others nor unpack to anywhere but this folder, by the directory or by the entries' own headers.
 * @throws Error saying what no agent of ours packs
 */
export async function requirePart(path: string, folder: string): Promise<void> {
  const { at, bytes, count } = await directoryOf(path);
  const file = await open(path);
  const read = windowOf(file, at);
  try {
    let [found, end] = [0, 0];
    for await (const records of recordsOf(bytesOf(path, at, at + bytes))) {
      for (const record of records) {
        end = await endOf(read, readable(record), { folder, after: end });
        found++;
      }
    }
    if (found !== count || !GAPS.includes(at - end)) throw new Error("its archive's directory is broken");
  } finally {
    await file.close();
  }
}

/** Undefined: there are no such bytes before the directory. */
type Read = (at: number, length: number) => Promise<Buffer | undefined>;

/** @param size what comes before the directory */
function windowOf(file: FileHandle, size: number): Read {
  let window: { at: number; bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
  return async (at, length) => {
    if (at + length > size) return undefined;
    if (at < window.at || at + length > window.at + window.bytes.length)
      window = { at, bytes: (await piece(file, at, Math.min(Math.max(WINDOW, length), size - at))) ?? Buffer.alloc(0) };
    return at + length <= window.at + window.bytes.length
      ? window.bytes.subarray(at - window.at, at - window.at + length)
      : undefined;
  };
}

/** @throws Error when its numbers lead out of it, or it couldn't be moved */
function readable(record: Buffer): Entry {
  try {
    movedRecord(record, FAR);
    return entryOf(record);
  } catch {
    throw new Error("its archive's directory is broken");
  }
}

/** @returns where the entry ends @param after where the one before ended */
async function endOf(read: Read, entry: Entry, { folder, after }: { folder: string; after: number }): Promise<number> {
  const { name, place, packed } = entry;
  const shown = JSON.stringify(name.subarray(0, 200).toString());
  if (!isBelow(name, folder)) throw new Error(`its archive has an entry ${shown}, which isn't in its folder`);
  const header = await read(place, LOCAL_BYTES);
  if (!GAPS.includes(place - after) || header?.readUInt32LE(0) !== LOCAL)
    throw new Error(`its archive's entry ${shown} isn't where its directory says`);
  const begin = place + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const own = await read(place + LOCAL_BYTES, header.readUInt16LE(26));
  if (!own?.equals(name)) throw new Error(`its archive's entry ${shown} has two names`);
  if (!(await isPlain(read, entry, begin)))
    throw new Error(`its archive's entry ${shown} is no file, folder or link within its folder`);
  return begin + packed;
}

/** A file, a folder, or a link that leads to somewhere below its top folder. @param at where its content begins */
async function isPlain(read: Read, { name, packed, mode }: Entry, at: number): Promise<boolean> {
  const type = mode & TYPE;
  if (type !== LINK) return type === FILE || type === FOLDER;
  const target = await targetOf(read, at, packed);
  return target !== undefined && staysInside(belowOf(name), target);
}

/** Below the folder, with names that every system unpacks there. */
function isBelow(name: Buffer, folder: string): boolean {
  const top = Buffer.from(`${folder}/`);
  if (!name.subarray(0, top.length).equals(top)) return false;
  const parts = textOf(name.subarray(top.length))?.replace(/\/$/, "").split("/");
  if (!parts) return false;
  return name.length === top.length || parts.every((part) => !/^\.{0,2}$|[\\\u0000-\u001f\u007f]/.test(part));
}

const belowOf = (name: Buffer): string => name.toString().split("/").slice(1).join("/");

/** Undefined: longer than one may be, or no text. */
async function targetOf(read: Read, at: number, length: number): Promise<string | undefined> {
  const bytes = length <= TARGET_BYTES ? await read(at, length) : undefined;
  return bytes && textOf(bytes);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
