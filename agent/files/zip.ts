import { crc32, createDeflateRaw, type DeflateRaw } from "node:zlib";
import { breathe } from "./turns.ts";

/** One thing in an archive. */
export interface ZipEntry {
  /** "/" between folders; a folder's ends with one. */
  name: string;
  /** With the type's bits: 0o100644 a file, 0o040755 a folder, 0o120777 a link (its content is where it points). */
  mode: number;
  modified: Date;
  /** Undefined: nothing in it. */
  content?: { size: number; pieces: AsyncIterable<Uint8Array>; compress: boolean };
}

/** The processors belong to the seats: fast before small. */
const LEVEL = 1;

/** From here on sizes need 64 bits: 4 GiB less what deflate may add to what can't be compressed. */
const LARGE = 0xf000_0000;
const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;

/** Entries between two turns of the loop: about 2 ms where nothing has to be waited for. */
const AT_A_TIME = 256;

const UTF8_NAMES = 1 << 11;
const SIZES_FOLLOW = 1 << 3;
const STORED = 0;
const DEFLATED = 8;
const VERSION = 45;
const MADE_BY_UNIX = (3 << 8) | VERSION;

interface Packed {
  entry: ZipEntry;
  offset: number;
  crc: number;
  compressed: number;
  size: number;
}

/**
 * A zip archive (APPNOTE 6.3, with zip64) as it is made: one entry after the other, each read only as fast as the archive is taken. Not
 * the `yazl` package: it looks through all entries for each one and writes the whole directory in one turn of the loop.
 * Memory: one piece, and about 150 bytes and its name for each entry until the end.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const packed: Packed = { entry, offset, crc: 0, compressed: 0, size: 0 };
    const header = localHeader(entry);
    offset += header.length;
    yield header;
    for await (const piece of pack(entry, packed)) {
      offset += piece.length;
      yield piece;
    }
    const descriptor = dataDescriptor(packed);
    offset += descriptor.length;
    yield descriptor;
    directory.push(centralRecord(packed));
    if (directory.length % AT_A_TIME === 0) await breathe();
  }
  let size = 0;
  for (let at = 0; at < directory.length; at += AT_A_TIME) {
    const records = Buffer.concat(directory.slice(at, at + AT_A_TIME));
    size += records.length;
    yield records;
    await breathe();
  }
  yield endRecords(directory.length, offset, size);
}

async function* pack({ content }: ZipEntry, packed: Packed): AsyncGenerator<Uint8Array> {
  if (!content) return;
  const source = counted(content.pieces, packed);
  for await (const piece of content.compress ? deflate(source) : source) {
    packed.compressed += piece.length;
    yield piece;
  }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, packed: Packed): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    packed.crc = crc32(piece, packed.crc);
    packed.size += piece.length;
    yield piece;
  }
}

/** Step by step and not by `pipe`: nothing is read ahead, and nobody still reads from a file when its descriptor is closed. */
async function* deflate(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const deflater = createDeflateRaw({ level: LEVEL });
  let ready: Uint8Array[] = [];
  deflater.on("data", (piece: Uint8Array) => ready.push(piece));
  const take = () => ready.splice(0);
  try {
    for await (const piece of source) {
      await written(deflater, piece);
      yield* take();
    }
    await ended(deflater);
    yield* take();
  } finally {
    ready = [];
    deflater.destroy();
  }
}

function written(deflater: DeflateRaw, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    deflater.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

function ended(deflater: DeflateRaw): Promise<void> {
  return new Promise((resolve, reject) => {
    deflater.once("end", resolve).once("error", reject);
    deflater.end();
  });
}

const isLarge = (entry: ZipEntry): boolean => (entry.content?.size ?? 0) >= LARGE;
const methodOf = (entry: ZipEntry): number => (entry.content?.compress ? DEFLATED : STORED);
const flagsOf = (entry: ZipEntry): number => UTF8_NAMES | (entry.content ? SIZES_FOLLOW : 0);

function localHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const extra = Buffer.concat([timeExtra(entry.modified), isLarge(entry) ? extraField(1, [long(0), long(0)]) : Buffer.alloc(0)]);
  const sizes = isLarge(entry) ? MAX_32 : 0;
  return Buffer.concat([
    int(0x04034b50),
    short(VERSION),
    short(flagsOf(entry)),
    short(methodOf(entry)),
    dosTime(entry.modified),
    int(0),
    int(sizes),
    int(sizes),
    short(name.length),
    short(extra.length),
    name,
    extra,
  ]);
}

function dataDescriptor({ entry, crc, compressed, size }: Packed): Buffer {
  if (!entry.content) return Buffer.alloc(0);
  const number = isLarge(entry) ? long : int;
  return Buffer.concat([int(0x08074b50), int(crc), number(compressed), number(size)]);
}

function centralRecord({ entry, crc, compressed, size, offset }: Packed): Buffer {
  const name = Buffer.from(entry.name);
  const large = [size, compressed, offset].filter((value) => value >= MAX_32);
  const extra = Buffer.concat([timeExtra(entry.modified), large.length > 0 ? extraField(1, large.map(long)) : Buffer.alloc(0)]);
  return Buffer.concat([
    int(0x02014b50),
    short(MADE_BY_UNIX),
    short(VERSION),
    short(flagsOf(entry)),
    short(methodOf(entry)),
    dosTime(entry.modified),
    int(crc),
    int(Math.min(compressed, MAX_32)),
    int(Math.min(size, MAX_32)),
    short(name.length),
    short(extra.length),
    short(0), // comment
    short(0), // disk
    short(0), // internal attributes
    int((entry.mode << 16) >>> 0),
    int(Math.min(offset, MAX_32)),
    name,
    extra,
  ]);
}

function endRecords(count: number, offset: number, size: number): Buffer {
  const plain = [
    int(0x06054b50),
    short(0),
    short(0),
    short(Math.min(count, MAX_16)),
    short(Math.min(count, MAX_16)),
    int(Math.min(size, MAX_32)),
    int(Math.min(offset, MAX_32)),
    short(0),
  ];
  if (count < MAX_16 && offset < MAX_32 && size < MAX_32) return Buffer.concat(plain);
  const versions = [short(MADE_BY_UNIX), short(VERSION)];
  const end64 = [int(0x06064b50), long(44), ...versions, int(0), int(0), long(count), long(count), long(size), long(offset)];
  const locator = [int(0x07064b50), int(0), long(offset + size), int(1)];
  return Buffer.concat([...end64, ...locator, ...plain]);
}

/** "UT": seconds since 1970; the DOS time has steps of two seconds and no zone. */
function timeExtra(modified: Date): Buffer {
  const seconds = Math.max(0, Math.min(0x7fff_ffff, Math.floor(modified.getTime() / 1000)));
  return extraField(0x5455, [Buffer.from([1]), int(seconds)]);
}

function extraField(id: number, parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([short(id), short(body.length), body]);
}

function dosTime(date: Date): Buffer {
  const year = Math.max(1980, Math.min(2107, date.getUTCFullYear()));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return Buffer.concat([short(time), short(((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate())]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
