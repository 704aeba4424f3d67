import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchiveFolder } from "../../../agent/contract/machine.ts";
import { archiveOf } from "../../../agent/files/archive.ts";
import { type ZipEntry, zip } from "../../../agent/files/zip.ts";
import { Archives } from "../../../gateway/workshops/archives.ts";
import { joinedZip } from "../../../gateway/workshops/joined-zip.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";

const isRoot = process.getuid?.() === 0;

let directory: string;
let archives: Archives;
let seats: LocalSeat[];
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "ct-archives-"));
  archives = new Archives(join(directory, "archives"));
  seats = [1, 2, 3].map(localSeat);
  for (const { seat, workspace } of seats) fs.writeFileSync(join(workspace, "work.txt"), `work of ${seat}\n`.repeat(1000));
});
afterEach(() => {
  for (const seat of seats) seat.end();
  fs.rmSync(directory, { recursive: true });
});

const FOLDERS = ["01 Ada", "02 Bob", "03 Mira"].map((folder, i) => ({ seat: i + 1, folder }));
const streamOf = (pieces: AsyncIterable<Uint8Array>) =>
  new Response(pieces as unknown as BodyInit).body as ReadableStream<Uint8Array>;
const agent = async ({ seat, folder }: ArchiveFolder) =>
  streamOf(archiveOf(seats.flatMap((one) => (one.seat === seat ? [{ seat: one, folder }] : []))));
const run = (...argv: string[]) => {
  const { exitCode, stdout } = Bun.spawnSync(argv, { cwd: directory });
  return { exitCode, out: stdout.toString() };
};

async function unpacked(): Promise<string[]> {
  await Bun.write(join(directory, "all.zip"), await new Response((await archives.read("ws-a")) as BodyInit).arrayBuffer());
  expect(run("unzip", "-tq", "all.zip").exitCode).toBe(0);
  expect(run("python3", "-c", "import zipfile; assert zipfile.ZipFile('all.zip').testzip() is None").exitCode).toBe(0);
  return run("zipinfo", "-1", "all.zip").out.trim().split("\n");
}

test("each seat's part is kept by itself and they are taken as one zip", async () => {
  await archives.pack("ws-a", FOLDERS, agent);
  const names = FOLDERS.flatMap(({ folder }) => [`${folder}/`, `${folder}/work.txt`]);
  expect(await unpacked()).toEqual(names);
  expect(run("unzip", "-p", "all.zip", "03 Mira/work.txt").out).toBe("work of 3\n".repeat(1000));
  expect(await archives.kept("ws-a", FOLDERS)).toEqual({ bytes: expect.any(Number), folders: 3 });
  await archives.remove("ws-a");
  expect([await archives.kept("ws-a", FOLDERS), fs.readdirSync(join(directory, "archives"))]).toEqual([undefined, []]);
});

test("one seat that fails, in the middle or at once, costs the others nothing; which and why is said, and only it is asked again", async () => {
  const asked: number[] = [];
  const failing = async (folder: ArchiveFolder) => {
    asked.push(folder.seat);
    if (folder.seat === 1) throw new Error("its disk gives errors");
    if (folder.seat !== 2) return agent(folder);
    async function* broken() {
      for await (const piece of archiveOf([{ seat: seats[1] as LocalSeat, folder: folder.folder }])) {
        yield piece;
        throw new Error("the line was cut");
      }
    }
    return streamOf(broken());
  };
  const packing = archives.pack("ws-a", FOLDERS, failing);
  expect(packing).rejects.toThrow(
    /Seat 01 Ada: its disk gives errors.*Seat 02 Bob: the line was cut.*Of the others, 1 in all, the work is packed/,
  );
  await packing.catch(() => {});
  expect(await archives.kept("ws-a", FOLDERS)).toMatchObject({
    folders: 1,
    missing: [expect.stringContaining("01 Ada"), expect.anything()],
  });
  expect(await unpacked()).toEqual(["03 Mira/", "03 Mira/work.txt"]);
  expect(fs.readdirSync(join(directory, "archives", "ws-a")).sort()).toEqual(["01.problem", "02.problem", "03.zip"]);
  asked.length = 0;
  await archives.pack("ws-a", FOLDERS, (folder) => {
    asked.push(folder.seat);
    return agent(folder);
  });
  expect(asked).toEqual([1, 2]);
  expect(await archives.kept("ws-a", FOLDERS)).toEqual({ bytes: expect.any(Number), folders: 3 });
});

test("a part that ends too early is none", async () => {
  const whole = Buffer.concat(await Array.fromAsync(archiveOf([{ seat: seats[0] as LocalSeat, folder: "w" }])));
  const packing = archives.pack("ws-a", FOLDERS.slice(0, 1), async () => new Blob([whole.subarray(0, -10)]).stream());
  expect(packing).rejects.toThrow("its end is missing");
  await packing.catch(() => {});
  expect(await archives.kept("ws-a", FOLDERS)).toBeUndefined();
});

test("of several machines that are packed side by side all parts are kept, and whose are missing is said, asked for or not", async () => {
  const broken = async (): Promise<never> => {
    throw new Error("its disk gives errors");
  };
  const folders = [...FOLDERS, { seat: 21, folder: "21 Noor" }];
  const packing = archives.pack("ws-a", FOLDERS.slice(0, 1), broken);
  await Promise.all([expect(packing).rejects.toThrow("disk"), archives.pack("ws-a", FOLDERS.slice(1), agent)]);
  expect(await archives.kept("ws-a", folders)).toMatchObject({
    folders: 2,
    missing: ["Seat 01 Ada: its disk gives errors", "Seat 21 Noor: its machine didn't answer any more"],
  });
});

test.skipIf(!isRoot)("a gateway's disk that is nearly full is left alone, before and in the middle of a part", async () => {
  const small = join(directory, "small");
  fs.mkdirSync(small);
  expect(run("mount", "-t", "tmpfs", "-o", "size=600m", "tmpfs", small).exitCode).toBe(0);
  try {
    const onSmall = new Archives(small);
    const noise = crypto.getRandomValues(new Uint8Array(65_536));
    let sent = 0;
    async function* large() {
      for (; sent < 4000; sent++) yield noise;
    }
    const packing = onSmall.pack("ws-a", FOLDERS, async () => streamOf(large()));
    expect(packing).rejects.toThrow(/the gateway's disk has only \d+ MB free, at .*: make room there/);
    await packing.catch(() => {});
    // 600 MB less the reserve, and what came between two looks.
    expect(sent * noise.length).toBeLessThan(3 * 130 * 2 ** 20);
    fs.writeFileSync(join(small, "others"), Buffer.alloc(200 * 2 ** 20));
    let asked = 0;
    await onSmall.pack("ws-b", FOLDERS, async () => new Blob([`${asked++}`]).stream()).catch(() => {});
    expect(asked).toBe(0);
  } finally {
    run("umount", small);
  }
});

test.skipIf(!isRoot)(
  "a workshop whose learners filled their seats leaves as much of the gateway's disk to others as it takes",
  async () => {
    const disk = join(directory, "disk");
    fs.mkdirSync(disk);
    expect(run("mount", "-t", "tmpfs", "-o", "size=1400m", "tmpfs", disk).exitCode).toBe(0);
    try {
      const onDisk = new Archives(disk);
      const noise = new Uint8Array(2 ** 20);
      async function* large() {
        for (let sent = 0; sent < 1400; sent++) yield noise;
      }
      const packing = onDisk.pack("ws-a", FOLDERS, async () => streamOf(large()));
      expect(packing).rejects.toThrow(/only \d+ MB free, and this workshop's work has \d+ MB of it already/);
      await packing.catch(() => {});
      const small = [{ seat: 1, folder: "01 Ada" }];
      await onDisk.pack("ws-b", small, agent);
      expect(await onDisk.kept("ws-b", small)).toEqual({ bytes: expect.any(Number), folders: 1 });
    } finally {
      run("umount", disk);
    }
  },
);

test("parts with more entries than 16 bits count, and with 64-bit sizes, are joined right", async () => {
  async function* many(name: string, count: number): AsyncGenerator<ZipEntry> {
    async function* one() {
      yield Buffer.from("shrunk");
    }
    const content = { size: 5 * 2 ** 30, pieces: one(), compress: true };
    yield { name: `${name}/huge`, mode: 0o100644, modified: new Date(1e12), content };
    for (let i = 0; i < count; i++) yield { name: `${name}/${i}`, mode: 0o100644, modified: new Date(1e12) };
  }
  const paths = await Promise.all(
    [40_000, 66_000].map(async (count, i) => {
      const path = join(directory, `part${i}.zip`);
      await Bun.write(path, Buffer.concat(await Array.fromAsync(zip(many(`p${i}`, count)))));
      return path;
    }),
  );
  await Bun.write(join(directory, "joined.zip"), Buffer.concat(await Array.fromAsync(joinedZip(paths))));
  expect(run("sh", "-c", "zipinfo -1 joined.zip | wc -l").out.trim()).toBe("106002");
  expect(run("unzip", "-p", "joined.zip", "p1/huge").out).toBe("shrunk");
  expect(run("unzip", "-tq", "joined.zip").exitCode).toBe(0);
});
