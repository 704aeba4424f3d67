import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import tar from "tar-stream";
import { openPromise as openZip, type Entry as ZipEntry, type ZipFile } from "yauzl";
import { Problem } from "./errors.ts";

/** One thing in an archive. Its name is the archive's claim, nothing more. */
export interface ArchiveEntry {
  name: string;
  kind: "file" | "directory" | "symlink" | "hardlink" | "special";
  /** Permission bits. */
  mode: number;
  /** Bytes, as the archive says; reading more than that fails. */
  size: number;
  /** Of a link. */
  target: string;
  /** Bytes of a file; empty for the others. Read at most once, before the next entry. */
  read(): AsyncIterable<Uint8Array>;
}

/** A link's target is a path. */
const TARGET_LIMIT = 4096;

/** What a tar may be unzipped: 2 GiB of files with their headers. A few kB of gzip can hold zeros without end. */
const UNZIPPED_LIMIT = 2.5 * 1024 ** 3;

/** Of an entry's name in a sentence. */
const SHOWN = 200;

/** yauzl looks at names by itself, and says so in these words. */
const OUTSIDE = /^(?:invalid relative path|absolute path|invalid characters in fileName): (.*)$/s;

/**
 * Every entry in order, by the archive's first bytes: .zip, .tar or .tar.gz.
 * @throws Problem INVALID_INPUT when it is none of them, broken or encrypted
 */
export async function* readArchive(path: string, name: string): AsyncGenerator<ArchiveEntry> {
  const kind = await archiveKind(path);
  if (!kind) throw new Problem("INVALID_INPUT", `${name} is no .zip, .tar or .tar.gz: pack the files again as one of these.`);
  try {
    yield* kind === "zip" ? readZip(path) : readTar(path, kind === "gzip");
  } catch (error) {
    if (error instanceof Problem || (error instanceof Error && error.name === "AbortError")) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const outside = OUTSIDE.exec(why)?.[1];
    if (outside !== undefined) throw refused(name, outside, "lies outside of the folder that it is unpacked in");
    throw new Problem("INVALID_INPUT", `${name} can't be read (${why}). Pack it again.`, { cause: error });
  }
}

/** What its first bytes say that it is; undefined: no archive. */
export async function archiveKind(path: string): Promise<"zip" | "gzip" | "tar" | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.readUInt16BE(0) === 0x1f8b) return "gzip";
    if (head.toString("latin1", 0, 4) === "PK\x03\x04" || head.toString("latin1", 0, 4) === "PK\x05\x06") return "zip";
    return head.toString("latin1", 257, 262) === "ustar" ? "tar" : undefined;
  } catch {
    // Too short for any of them.
    return undefined;
  } finally {
    await file.close();
  }
}

async function* readTar(path: string, zipped: boolean): AsyncGenerator<ArchiveEntry> {
  const extract = tar.extract();
  const source = createReadStream(path);
  const stages = zipped ? [source, createGunzip(), bounded, extract] : [source, extract];
  const feeding = pipeline(stages as never);
  // Its failure also ends the loop below, which then throws; this one is for when the loop ended first.
  feeding.catch(() => {});
  try {
    for await (const entry of extract) {
      yield {
        name: entry.header.name,
        kind: TAR_KINDS[entry.header.type ?? "file"] ?? "special",
        mode: entry.header.mode ?? 0o644,
        size: entry.header.size ?? 0,
        target: entry.header.linkname ?? "",
        read: () => entry as AsyncIterable<Uint8Array>,
      };
      // The next one comes only when this one was read.
      entry.resume();
    }
    await feeding;
  } finally {
    source.destroy();
    extract.destroy();
  }
}

async function* bounded(unzipped: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of unzipped) {
    bytes += chunk.length;
    if (bytes > UNZIPPED_LIMIT) throw new Error("it has more than 2.5 GiB unzipped");
    yield chunk;
  }
}

const TAR_KINDS: Record<string, ArchiveEntry["kind"]> = {
  file: "file",
  "contiguous-file": "file",
  directory: "directory",
  symlink: "symlink",
  link: "hardlink",
};

async function* readZip(path: string): AsyncGenerator<ArchiveEntry> {
  const zip = await openZip(path, { autoClose: false, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if ((entry.generalPurposeBitFlag & 1) !== 0) throw new Error("it is encrypted");
      yield await zipEntry(zip, entry);
    }
  } finally {
    zip.close();
  }
}

async function zipEntry(zip: ZipFile, entry: ZipEntry): Promise<ArchiveEntry> {
  const unix = entry.externalFileAttributes >>> 16;
  const kind = zipKind(entry.fileName, unix);
  const read = () => zipBytes(zip, entry);
  const target = kind === "symlink" ? await targetOf(entry, read) : "";
  return { name: entry.fileName, kind, mode: unix & 0o777 || 0o644, size: entry.uncompressedSize, target, read };
}

/** The type of stat.h, where a Unix program packed it. */
function zipKind(name: string, unix: number): ArchiveEntry["kind"] {
  const type = unix & 0o170000;
  if (type === 0o120000) return "symlink";
  if (name.endsWith("/") || type === 0o040000) return "directory";
  return type === 0 || type === 0o100000 ? "file" : "special";
}

async function* zipBytes(zip: ZipFile, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>;
}

async function targetOf(entry: ZipEntry, read: () => AsyncIterable<Uint8Array>): Promise<string> {
  if (entry.uncompressedSize > TARGET_LIMIT) throw new Error(`the link "${entry.fileName}" is too long`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Of one entry. @param why goes on after its name */
export const refused = (archive: string, entry: string, why: string): Problem =>
  new Problem("INVALID_INPUT", `“${entry.slice(0, SHOWN)}” in ${archive} ${why}. Pack the archive without it.`);
