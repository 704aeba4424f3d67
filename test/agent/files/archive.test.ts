import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../../agent/files/archive.ts";
import { archiveSeats } from "../../../agent/files/several-seats.ts";
import { type ZipEntry, zip } from "../../../agent/files/zip.ts";
import { LagProbe } from "../../support/lag.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";

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
  expect(listed.sort()).toEqual([
    ".._.._Ann_e/",
    ".._.._Ann_e/.._.._evil",
    ".._.._Ann_e/LEFT-OUT.txt",
    ".._.._Ann_e/caf_xE9",
    "Bob/LEFT-OUT.txt",
  ]);
  const note = (folder: string) => run("unzip", "-p", "work.zip", `${folder}/LEFT-OUT.txt`).out;
  expect(note(".._.._Ann_e")).toContain("pipe: it is a pipe, socket or device");
  expect(note("Bob")).toContain("the seat has no files here");
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
  expect(probe.end().held).toBeLessThan(250);
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

const listed = () => run("zipinfo", "-1", "work.zip").out.trim().split("\n").sort();
const leftOut = () => run("unzip", "-p", "work.zip", "w/LEFT-OUT.txt").out;

test("holes are never read: 4 TB of nothing are left out and named, beside 128 MB that hold 8 kB", async () => {
  fs.writeFileSync(at("nothing"), "");
  fs.truncateSync(at("nothing"), 4 * 2 ** 40);
  fs.writeFileSync(at("sparse"), "beginning");
  const file = fs.openSync(at("sparse"), "r+");
  fs.writeSync(file, "middle", 2 ** 26);
  fs.ftruncateSync(file, 2 ** 27);
  fs.closeSync(file);
  const read = () => Number(/rchar: (\d+)/.exec(fs.readFileSync("/proc/self/io", "utf8"))?.[1]);
  const before = read();
  await write(archiveOf([{ seat, folder: "w" }]));
  expect(read() - before).toBeLessThan(2 ** 20);
  expect(listed()).toEqual(["w/", "w/LEFT-OUT.txt", "w/sparse"]);
  expect(leftOut()).toContain("w/nothing: it has 4096.0 GiB, and with what is packed that is more than the 4.0 GiB of one seat");
  expect(run("unzip", "-q", "work.zip").exitCode).toBe(0);
  expect(run("cmp", at("sparse"), "w/sparse").exitCode).toBe(0);
});

test("a file of many holes, at its beginning, in pieces, at its end, is what it was", async () => {
  const file = fs.openSync(at("holes"), "w");
  for (let i = 1; i < 40; i++) fs.writeSync(file, Buffer.alloc(1 + i * 997, i), 0, 1 + i * 997, i * 300_000);
  fs.ftruncateSync(file, 20_000_001);
  fs.closeSync(file);
  await write(archiveOf([{ seat, folder: "w" }]));
  expect(run("unzip", "-q", "work.zip").exitCode).toBe(0);
  expect(run("cmp", at("holes"), "w/holes").exitCode).toBe(0);
});

test("what a seat may have in an archive is bounded by bytes over all its files", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) {
    fs.writeFileSync(at(name), "");
    fs.truncateSync(at(name), 2 ** 30);
  }
  await write(archiveOf([{ seat, folder: "w" }]));
  expect(listed().length).toBe(6);
  expect(leftOut().match(/GiB of one seat/g)?.length).toBe(1);
});

test("two entries never have one name, whatever the system that unpacks makes of it", async () => {
  fs.mkdirSync(at("a_b"));
  fs.writeFileSync(at("a_b/f"), "in the folder");
  fs.symlinkSync("a_b", at("a\\b"));
  const twins = [
    "Case",
    "case",
    "dot",
    "dot.",
    "dot. .",
    "x:y",
    "x_y",
    "caf\u00e9",
    "cafe\u0301",
    "left-out.TXT",
    "t",
    "T",
    "t~2",
  ];
  for (const name of twins) fs.writeFileSync(at(name), name);
  await write(archiveOf([{ seat, folder: "w" }]));
  const windows = listed().map((name) =>
    name
      .normalize("NFC")
      .toLowerCase()
      .replace(/[:\\]/g, "_")
      .replace(/[. ]+(?=\/|$)/g, ""),
  );
  expect(new Set(windows).size).toBe(windows.length);
  expect(windows.length).toBe(twins.length + 4);
  expect(windows).not.toContain("w/left-out.txt");
  expect(run("unzip", "-q", "work.zip").exitCode).toBe(0);
  const contents = fs.readdirSync(join(seat.outside, "w")).filter((name) => fs.lstatSync(join(seat.outside, "w", name)).isFile());
  expect(contents.map((name) => fs.readFileSync(join(seat.outside, "w", name), "utf8")).sort()).toEqual([...twins].sort());
});

test("links that lead out of the folder, or could elsewhere, are stored as text", async () => {
  fs.mkdirSync(at("sub"));
  const out = ["/etc/passwd", "../outside", "sub/../../outside", "..\\..\\outside", "C:\\x", "C:x", ""].filter(Boolean);
  for (const [i, target] of out.entries()) fs.symlinkSync(target, at(`out${i}`));
  fs.symlinkSync("../../outside", at("sub/out"));
  fs.symlinkSync("../in", at("sub/in"));
  fs.symlinkSync("sub", at("in"));
  await write(archiveOf([{ seat, folder: "w" }]));
  expect(run("unzip", "-q", "work.zip").exitCode).toBe(0);
  const unpacked = (name: string) => join(seat.outside, "w", name);
  for (const [i, target] of out.entries()) {
    expect([target, fs.lstatSync(unpacked(`out${i}`)).isFile()]).toEqual([target, true]);
    expect(fs.readFileSync(unpacked(`out${i}`), "utf8")).toBe(`This was a link to ${target}\n`);
    expect(leftOut()).toContain(`w/out${i}: it is a link that leads out of the folder, to ${JSON.stringify(target)}`);
  }
  expect(fs.lstatSync(unpacked("sub/out")).isFile()).toBe(true);
  expect([fs.readlinkSync(unpacked("sub/in")), fs.readlinkSync(unpacked("in"))]).toEqual(["../in", "sub"]);
});

async function* oneOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test("a seat without files here is an error to who asks for it alone, so that nobody takes it for an empty one", () => {
  const url = (folders: object[]) => new URL(`http://x/v1/archive?folders=${encodeURIComponent(JSON.stringify(folders))}`);
  const ask = (folders: object[], work: LocalSeat | undefined) =>
    archiveSeats(new Request("http://x/", { method: "HEAD" }), url(folders), () => work);
  expect(() => ask([{ seat: 1, folder: "a" }], undefined)).toThrow("no files of this seat");
  const missing = { ...seat, workspace: join(seat.workspace, "none") };
  expect(() => ask([{ seat: 1, folder: "a" }], missing)).toThrow("can't be reached");
  expect(ask([{ seat: 1, folder: "a" }], seat).status).toBe(200);
});
