import { type FileHandle, open } from "node:fs/promises";

const PIECE = 256 * 1024;
const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;

const END = 0x06054b50;
const END_BYTES = 22;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const RECORD = 0x02014b50;
const RECORD_BYTES = 46;
const ZIP64 = 1;

/** Where a zip's directory is, and how many entries it has. */
export interface Directory {
  at: number;
  bytes: number;
  count: number;
}

/** Several zips as one (APPNOTE 6.3): their entries one after the other, then one directory of all. Memory: one piece. */
export async function* joinedZip(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  const directories = await Promise.all(paths.map(directoryOf));
  const begins = [0];
  for (const { at } of directories) begins.push((begins.at(-1) ?? 0) + at);
  for (const [i, path] of paths.entries()) yield* bytesOf(path, 0, directories[i]?.at ?? 0);
  let bytes = 0;
  for (const [i, path] of paths.entries()) {
    const { at, bytes: size } = directories[i] as Directory;
    for await (const found of recordsOf(bytesOf(path, at, at + size))) {
      const records = Buffer.concat(found.map((record) => movedRecord(record, begins[i] ?? 0)));
      bytes += records.length;
      yield records;
    }
  }
  yield ends({ at: begins.at(-1) ?? 0, bytes, count: directories.reduce((sum, { count }) => sum + count, 0) });
}

/** @throws Error when the file doesn't end as a zip of an agent does: it was cut off, or isn't one */
export async function directoryOf(path: string): Promise<Directory> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const directory = await read(file, size);
    if (directory && directory.at + directory.bytes <= size) return directory;
    throw new Error("its end is missing");
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, size: number): Promise<Directory | undefined> {
  const tail = await piece(file, size - END_BYTES, END_BYTES);
  if (tail?.readUInt32LE(0) !== END) return undefined;
  const plain = { count: tail.readUInt16LE(10), bytes: tail.readUInt32LE(12), at: tail.readUInt32LE(16) };
  if (plain.count < MAX_16 && plain.bytes < MAX_32 && plain.at < MAX_32) return plain;
  const end = await piece(file, size - END_BYTES - LOCATOR_BYTES - END_64_BYTES, END_64_BYTES);
  if (end?.readUInt32LE(0) !== END_64) return undefined;
  const [count = 0, bytes = 0, at = 0] = [32, 40, 48].map((from) => Number(end.readBigUInt64LE(from)));
  return { count, bytes, at };
}

/** Undefined: the file has no such bytes. */
export async function piece(file: FileHandle, at: number, length: number): Promise<Buffer | undefined> {
  if (at < 0) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return bytesRead === length ? buffer : undefined;
}

export async function* bytesOf(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (let at = from; at < to; ) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE), 0, Math.min(PIECE, to - at), at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** The records of a directory, a piece's at a time. @throws Error when it is broken or cut off */
export async function* recordsOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let held = Buffer.alloc(0);
  for await (const bytes of pieces) {
    held = Buffer.concat([held, bytes]);
    const records: Buffer[] = [];
    for (let length = lengthOf(held); length <= held.length; length = lengthOf(held)) {
      records.push(held.subarray(0, length));
      held = held.subarray(length);
    }
    yield records;
  }
  if (held.length > 0) throw new Error("a zip's directory is cut off");
}

/** Infinite while its beginning isn't there. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < RECORD_BYTES) return Number.POSITIVE_INFINITY;
  if (bytes.readUInt32LE(0) !== RECORD) throw new Error("a zip's directory is broken");
  return RECORD_BYTES + bytes.readUInt16LE(28) + bytes.readUInt16LE(30) + bytes.readUInt16LE(32);
}

/** What a record says of its entry; a place is where it begins in the file. */
export interface Entry {
  name: Buffer;
  /** Bytes of its content as they stand there. */
  packed: number;
  place: number;
  /** Of the file, with its type's bits. */
  mode: number;
}

/** @throws RangeError when a number leads out of the record */
export function entryOf(record: Buffer): Entry {
  const { nameEnd, large, sizes, place } = partsOf(record);
  const isLarge = record.readUInt32LE(20) === MAX_32;
  return {
    name: record.subarray(RECORD_BYTES, nameEnd),
    packed: isLarge ? Number(large.readBigUInt64LE(sizes - 8)) : record.readUInt32LE(20),
    place,
    mode: record.readUInt16LE(40),
  };
}

/** @returns `large`: its numbers of 64 bits, of which `sizes` bytes are its sizes */
function partsOf(record: Buffer) {
  const nameEnd = RECORD_BYTES + record.readUInt16LE(28);
  const extraEnd = nameEnd + record.readUInt16LE(30);
  const fields = fieldsOf(record.subarray(nameEnd, extraEnd));
  const large = fields.find(({ id }) => id === ZIP64)?.body ?? Buffer.alloc(0);
  const sizes = [20, 24].filter((at) => record.readUInt32LE(at) === MAX_32).length * 8;
  const place = record.readUInt32LE(42) === MAX_32 ? Number(large.readBigUInt64LE(sizes)) : record.readUInt32LE(42);
  return { nameEnd, extraEnd, fields, large, sizes, place };
}

/** Sizes that have 64 bits keep them; the place gets them when it needs them now. @throws RangeError as `entryOf` */
export function movedRecord(record: Buffer, by: number): Buffer {
  const { nameEnd, extraEnd, fields, large, sizes, place } = partsOf(record);
  const isLarge = place + by >= MAX_32;
  const body = Buffer.concat([large.subarray(0, sizes), isLarge ? long(place + by) : Buffer.alloc(0)]);
  const others = fields.filter(({ id }) => id !== ZIP64).map(({ id, body }) => field(id, body));
  const extra = Buffer.concat([...others, body.length > 0 ? field(ZIP64, body) : Buffer.alloc(0)]);
  const head = Buffer.from(record.subarray(0, nameEnd));
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(isLarge ? MAX_32 : place + by, 42);
  return Buffer.concat([head, extra, record.subarray(extraEnd)]);
}

function fieldsOf(extra: Buffer): { id: number; body: Buffer }[] {
  const fields = [];
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    fields.push({ id: extra.readUInt16LE(at), body: extra.subarray(at + 4, end) });
    at = end;
  }
  return fields;
}

function field(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(body.length, 2);
  return Buffer.concat([head, body]);
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Always with 64 bits: every program of the last twenty years reads them. */
function ends({ at, bytes, count }: Directory): Buffer {
  const end64 = Buffer.alloc(END_64_BYTES);
  end64.writeUInt32LE(END_64, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE((3 << 8) | 45, 12);
  end64.writeUInt16LE(45, 14);
  for (const [i, value] of [count, count, bytes, at].entries()) end64.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  const locator = Buffer.alloc(LOCATOR_BYTES);
  locator.writeUInt32LE(LOCATOR, 0);
  locator.writeBigUInt64LE(BigInt(at + bytes), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  for (const from of [8, 10]) end.writeUInt16LE(Math.min(count, MAX_16), from);
  end.writeUInt32LE(Math.min(bytes, MAX_32), 12);
  end.writeUInt32LE(Math.min(at, MAX_32), 16);
  return Buffer.concat([end64, locator, end]);
}
