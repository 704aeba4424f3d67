import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../../agent/files/archive.ts";
import { type ZipEntry, zip } from "../../../agent/files/zip.ts";
import { LagProbe } from "../../support/lag.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";

/** The machine that runs tests may be busy. */
setDefaultTimeout(30_000);

let seat: LocalSeat;
beforeEach(() => {
  seat = localSeat();
});
afterEach(() => seat.end());

const at = (...names: string[]) => join(seat.workspace, ...names);
const run = (...argv: string[]) => {
  const { exitCode, stdout } = Bun.spawnSync(argv, { cwd: seat.outside });
  return { exitCode, out: stdout.toString() };
};

async function write(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const path = join(seat.outside, "work.zip");
  const sink = Bun.file(path).writer();
  for await (const piece of pieces) {
    sink.write(piece);
    await sink.flush();
  }
  await sink.end();
  return path;
}

test("unpacked, an archive is the work as it was: content, modes, links, empty folders, times", async () => {
  fs.mkdirSync(at("src", "empty"), { recursive: true });
  fs.writeFileSync(at("src", "日本 é.txt"), "hello\n".repeat(10_000));
  fs.writeFileSync(at("run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  fs.writeFileSync(at("zero"), "");
  fs.symlinkSync("src/日本 é.txt", at("link"));
  fs.utimesSync(at("zero"), 1_600_000_001, 1_600_000_001);
  Bun.spawnSync(["sh", "-c", "head -c 3000000 /dev/urandom > noise"], { cwd: seat.workspace });
  await write(archiveOf([{ seat, folder: "Seat 01" }]));
  expect(run("unzip", "-tq", "work.zip").exitCode).toBe(0);
  expect(run("unzip", "-q", "work.zip").exitCode).toBe(0);
  expect(run("diff", "-r", "--no-dereference", seat.workspace, "Seat 01")).toEqual({ exitCode: 0, out: "" });
  const unpacked = join(seat.outside, "Seat 01");
  expect(fs.readlinkSync(join(unpacked, "link"))).toBe("src/日本 é.txt");
  expect(fs.statSync(join(unpacked, "run.sh")).mode & 0o777).toBe(0o755);
  expect(fs.statSync(join(unpacked, "zero")).mtimeMs).toBe(1_600_000_001_000);
});

test("what can't be packed is named in a note; names can't lead out of where one unpacks", async () => {
  Bun.spawnSync(["mkfifo", at("pipe")]);
  fs.writeFileSync(at("..\\..\\evil"), "x");
  fs.writeFileSync(Buffer.concat([Buffer.from(at("caf")), Buffer.from([0xe9])]), "y");
  const missing = { ...seat, workspace: join(seat.workspace, "none") };
  await write(
    archiveOf([
      { seat, folder: "../../Ann\\e" },
      { seat: missing, folder: "Bob" },
    ]),
  );
  const listed = run("zipinfo", "-1", "work.zip").out.trim().split("\n");
  expect(listed.sort()).toEqual([".._.._Ann_e/", ".._.._Ann_e/.._.._evil", ".._.._Ann_e/caf_xE9", "NOT IN THIS ARCHIVE.txt"]);
  const note = run("unzip", "-p", "work.zip", "NOT IN THIS ARCHIVE.txt").out;
  expect(note).toContain("pipe: it is a pipe, socket or device");
  expect(note).toContain("Bob: the seat has no files here");
});

test("a file that grows or shrinks while it is packed doesn't break the archive", async () => {
  fs.writeFileSync(at("a-grows"), Buffer.alloc(3_000_000, "a"));
  fs.writeFileSync(at("shrinks"), Buffer.alloc(3_000_000, "b"));
  let pieces = 0;
  async function* meddled(): AsyncGenerator<Uint8Array> {
    for await (const piece of archiveOf([{ seat, folder: "w" }])) {
      yield piece;
      fs.appendFileSync(at("a-grows"), Buffer.alloc(100_000, "c"));
      if (pieces++ === 6) fs.truncateSync(at("shrinks"), 1_000_000);
    }
  }
  await write(meddled());
  expect(run("unzip", "-tq", "work.zip").exitCode).toBe(0);
});

test("seventy thousand files are packed without holding the loop, in zip64's form where it must be", async () => {
  async function* many(): AsyncGenerator<ZipEntry> {
    for (let i = 0; i < 70_000; i++) yield { name: `f${i}`, mode: 0o100644, modified: new Date(1e12) };
  }
  const probe = new LagProbe();
  const path = await write(zip(many()));
  expect(probe.end()).toBeLessThan(250);
  expect(run("sh", "-c", "zipinfo -1 work.zip | wc -l").out.trim()).toBe("70000");
  expect(fs.statSync(path).size).toBeGreaterThan(1_000_000);
});

test("a file of more than 4 GiB is announced with 64-bit sizes", async () => {
  // The form follows from the size a file has when it is opened; that many bytes need not come.
  async function* one(): AsyncGenerator<ZipEntry> {
    const content = { size: 5 * 2 ** 30, pieces: oneOf(Buffer.from("shrunk")), compress: true };
    yield { name: "huge", mode: 0o100644, modified: new Date(1e12), content };
    yield { name: "after", mode: 0o100644, modified: new Date(1e12) };
  }
  await write(zip(one()));
  expect(run("unzip", "-tq", "work.zip").exitCode).toBe(0);
  expect(run("unzip", "-p", "work.zip", "huge").out).toBe("shrunk");
});

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
