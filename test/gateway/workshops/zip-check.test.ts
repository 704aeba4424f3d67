import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveOf } from "../../../agent/files/archive.ts";
import { type ZipEntry, zip } from "../../../agent/files/zip.ts";
import { Archives } from "../../../gateway/workshops/archives.ts";
import { localSeat } from "../../support/local-seat.ts";

let directory: string;
let archives: Archives;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "ct-zip-check-"));
  archives = new Archives(directory);
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const ADA = { seat: 1, folder: "01 Ada Łoś" };
const FILE = 0o100644;
const LINK = 0o120777;

const entry = (name: string, mode = FILE, content?: string): ZipEntry => ({
  ...{ name, mode, modified: new Date(1e12) },
  ...(content !== undefined && { content: { size: content.length, pieces: of(Buffer.from(content)), compress: false } }),
});

async function* of<T>(...all: T[]): AsyncGenerator<T> {
  yield* all;
}

const zipOf = async (...entries: ZipEntry[]): Promise<Buffer> => Buffer.concat(await Array.fromAsync(zip(of(...entries))));
const pack = (bytes: Uint8Array) => archives.pack("ws-a", [ADA], async () => new Blob([bytes as BlobPart]).stream());

/** Refused with this reason, and nothing of it is kept. */
async function expectRefused(bytes: Uint8Array, why: string): Promise<void> {
  const refusal = await pack(bytes).then(
    () => "taken",
    (error: Error) => error.message,
  );
  expect(refusal).toContain(why);
  expect(await archives.kept("ws-a", [ADA])).toBeUndefined();
}

test("what an agent packs is taken: links within, and names of every kind", async () => {
  const seat = localSeat(1);
  try {
    const { workspace } = seat;
    fs.mkdirSync(join(workspace, "a", "..b"), { recursive: true });
    for (const name of ["a\\b", "ü 漢 😀", "a:b", "line\nbreak", "...", "a/..b/c"]) fs.writeFileSync(join(workspace, name), name);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${workspace}/`), Buffer.of(0x66, 0xff)]), "no UTF-8");
    fs.symlinkSync("../a/..b/c", join(workspace, "a", "within"));
    fs.symlinkSync("../../../etc/passwd", join(workspace, "a", "without"));
    await pack(Buffer.concat(await Array.fromAsync(archiveOf([{ seat, folder: ADA.folder }]))));
    expect(await archives.kept("ws-a", [ADA])).toMatchObject({ folders: 1 });
  } finally {
    seat.end();
  }
});

const NAMES = [
  ...["../x", "/etc/x", "02 Bob/x", "01 Ada/x", ADA.folder, `x/${ADA.folder}/x`],
  ...["../02 Bob/x", "a/../../x", "..", "a//x", "a/./x", "a\\..\\x", "a\u0000x"].map((below) => `${ADA.folder}/${below}`),
];

test.each(NAMES)("a part with an entry %j is refused", async (name) => {
  await expectRefused(await zipOf(entry(`${ADA.folder}/`, 0o040755), entry(name, FILE, "x")), "which isn't in its folder");
});

test("a link that leads out of its folder, a device and a link too long are refused", async () => {
  for (const target of ["../x", "/etc/passwd", "a/../../x", "", "x".repeat(5000)])
    await expectRefused(await zipOf(entry(`${ADA.folder}/link`, LINK, target)), "is no file, folder or link within");
  await expectRefused(await zipOf(entry(`${ADA.folder}/sda`, 0o060644)), "is no file, folder or link within");
});

test("an entry whose own header has another name, and one that the directory leaves out, are refused", async () => {
  const [good, evil] = [`${ADA.folder}/aaaaaaaaa`, `${ADA.folder}/../../../`];
  const bytes = await zipOf(entry(good, FILE, "x"));
  Buffer.from(evil).copy(bytes, bytes.indexOf(good));
  await expectRefused(bytes, "has two names");
  const two = await zipOf(entry("../../evil", FILE, "x"), entry(good, FILE, "x"));
  await expectRefused(withoutFirstRecord(two), "isn't where its directory says");
  await expectRefused(withoutFirstRecord(await zipOf(entry("../../evil", FILE, "x"))), "directory is broken");
});

test("a directory that would break the archive of all others is refused", async () => {
  const whole = await zipOf(entry(`${ADA.folder}/a`, FILE, "x"), entry(`${ADA.folder}/b`, FILE, "x"));
  const at = whole.readUInt32LE(whole.length - 6);
  const second = whole.indexOf(Buffer.from("504b0102", "hex"), at + 4);
  const broken = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(whole);
    change(bytes);
    return bytes;
  };
  await expectRefused(
    broken((bytes) => bytes.writeUInt32LE(7, second)),
    "directory is broken",
  );
  await expectRefused(
    broken((bytes) => bytes.writeUInt16LE(60_000, second + 32)),
    "directory is cut off",
  );
  await expectRefused(
    broken((bytes) => bytes.writeUInt32LE(0xffff_ffff, second + 42)),
    "directory is broken",
  );
  await expectRefused(
    broken((bytes) => bytes.writeUInt32LE(0xffff_ffff, second + 20)),
    "directory is broken",
  );
  await expectRefused(
    broken((bytes) => bytes.writeUInt32LE(500, second + 42)),
    "isn't where its directory says",
  );
  await expectRefused(
    broken((bytes) => bytes.writeUInt16LE(3, bytes.length - 12)),
    "directory is broken",
  );
  await pack(whole);
});

/** The entry stays, the directory doesn't name it. */
function withoutFirstRecord(bytes: Buffer): Buffer {
  const end = bytes.length - 22;
  const at = bytes.readUInt32LE(end + 16);
  const length = 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30);
  const cut = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  const count = bytes.readUInt16LE(end + 10) - 1;
  for (const place of [8, 10]) cut.writeUInt16LE(count, end - length + place);
  cut.writeUInt32LE(bytes.readUInt32LE(end + 12) - length, end - length + 12);
  return cut;
}
