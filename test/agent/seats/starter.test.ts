import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import tar from "tar-stream";
import { ZipFile } from "yazl";
import { Problem } from "../../../agent/contract/errors.ts";
import { STARTER_ENTRIES_LIMIT } from "../../../agent/contract/starters.ts";
import { unpackStarter } from "../../../agent/seats/starter.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-starter-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;

type Header = Parameters<ReturnType<typeof tar.pack>["entry"]>[0];

async function packTar(entries: [Header, string?][]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [header, content] of entries) content === undefined ? pack.entry(header) : pack.entry(header, content);
  pack.finalize();
  return buffer(pack as never);
}

async function packZip(entries: [name: string, content: string, mode?: number][]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content, mode = 0o100644] of entries) {
    if (name.endsWith("/")) zip.addEmptyDirectory(name);
    else zip.addBuffer(Buffer.from(content), name, { mode });
  }
  zip.end();
  return buffer(zip.outputStream as never);
}

/** The name keeps its length, so that a program that packs politely packs what no polite program would. */
const rename = (archive: Buffer, from: string, to: string): Buffer => {
  expect(from.length).toBe(to.length);
  return Buffer.from(archive.toString("latin1").replaceAll(from, to), "latin1");
};

async function unpack(archive: Buffer, signal?: AbortSignal) {
  const at = join(directory, `${++files}`);
  const into = join(at, "workspace");
  mkdirSync(into, { recursive: true });
  const path = join(at, "archive");
  writeFileSync(path, archive);
  const steps: string[] = [];
  const progress = (done: number, total: number) => void steps.push(`${done} of ${total}`);
  const failed = await unpackStarter({ archive: path, name: "starter.zip", into, progress, signal }).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  return { at, into, steps, failed, code: failed instanceof Problem ? failed.code : failed?.name };
}

const TREE: [Header, string?][] = [
  [{ name: "./", type: "directory" }],
  [{ name: "src/deep/er/main.py", mode: 0o644 }, "print('hej')\n"],
  [{ name: "run.sh", mode: 0o4755 }, "#!/bin/sh\n"],
  [{ name: "empty/", type: "directory" }],
  [{ name: "日本 🎓.txt" }, "utf-8"],
  [{ name: "src/link", type: "symlink", linkname: "../run.sh" }],
  [{ name: "src/hard", type: "link", linkname: "run.sh" }],
  [{ name: "__MACOSX/._run.sh" }, "rubbish"],
];

for (const [name, pack] of [
  ["tar", (all: Buffer) => all],
  ["tar.gz", (all: Buffer) => gzipSync(all)],
] as const) {
  test(`a ${name}: directories, modes, links, any name; no rubbish`, async () => {
    const { into, steps, failed } = await unpack(pack(await packTar(TREE)));
    expect(failed).toBeUndefined();
    expect(readFileSync(join(into, "src/deep/er/main.py"), "utf8")).toBe("print('hej')\n");
    expect(lstatSync(join(into, "run.sh")).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(into, "empty")).isDirectory()).toBe(true);
    expect(readFileSync(join(into, "日本 🎓.txt"), "utf8")).toBe("utf-8");
    expect(readlinkSync(join(into, "src/link"))).toBe("../run.sh");
    expect(lstatSync(join(into, "src/hard")).ino).toBe(lstatSync(join(into, "run.sh")).ino);
    expect(readdirSync(into).sort()).toEqual(["empty", "run.sh", "src", "日本 🎓.txt"]);
    expect(steps).toEqual(["1 of 6", "2 of 6", "3 of 6", "4 of 6", "5 of 6", "6 of 6"]);
  });
}

test("a zip: directories, modes, links", async () => {
  const { into, steps, failed } = await unpack(
    await packZip([
      ["src/main.py", "print('hej')\n".repeat(10_000)],
      ["empty/", ""],
      ["run.sh", "#!/bin/sh\n", 0o100755],
      ["src/link", "../run.sh", 0o120777],
    ]),
  );
  expect(failed).toBeUndefined();
  expect(readFileSync(join(into, "src/main.py"), "utf8")).toBe("print('hej')\n".repeat(10_000));
  expect(lstatSync(join(into, "run.sh")).mode & 0o777).toBe(0o755);
  expect(lstatSync(join(into, "empty")).isDirectory()).toBe(true);
  expect(readlinkSync(join(into, "src/link"))).toBe("../run.sh");
  expect(steps.at(-1)).toBe("4 of 4");
});

/** [what, the archive, the answer's code, what its message says] */
const HOSTILE: [string, () => Promise<Buffer>, string, RegExp][] = [
  [
    "a path upwards (tar)",
    () => packTar([[{ name: "../evil" }, "x"]]),
    "INVALID_INPUT",
    /“\.\.\/evil” in starter\.zip lies outside/,
  ],
  ["a path upwards in the middle", () => packTar([[{ name: "a/../../evil" }, "x"]]), "INVALID_INPUT", /lies outside/],
  ["an absolute path (tar)", () => packTar([[{ name: "/tmp/ct-evil" }, "x"]]), "INVALID_INPUT", /lies outside/],
  [
    "a path upwards (zip)",
    async () => rename(await packZip([["aa/evil", "x"]]), "aa/evil", "../evil"),
    "INVALID_INPUT",
    /\.\.\/evil/,
  ],
  [
    "an absolute path (zip)",
    async () => rename(await packZip([["aa/evil", "x"]]), "aa/evil", "/tmp/ev"),
    "INVALID_INPUT",
    /\/tmp\/ev/,
  ],
  [
    "a path upwards with backslashes (zip)",
    async () => rename(await packZip([["aa/evil", "x"]]), "aa/evil", "..\\evil"),
    "INVALID_INPUT",
    /evil/,
  ],
  ["a link upwards", () => packTar([[{ name: "l", type: "symlink", linkname: ".." }]]), "INVALID_INPUT", /leads outside/],
  ["an absolute link", () => packTar([[{ name: "l", type: "symlink", linkname: "/etc" }]]), "INVALID_INPUT", /leads outside/],
  ["an absolute link (zip)", () => packZip([["l", "/etc/passwd", 0o120777]]), "INVALID_INPUT", /leads outside/],
  [
    "a link upwards through another link",
    () =>
      packTar([
        [{ name: "a/b/c", type: "symlink", linkname: "../.." }],
        [{ name: "out", type: "symlink", linkname: "a/b/c/../evil" }],
      ]),
    "INVALID_INPUT",
    /“out” .* leads outside/,
  ],
  [
    "a file through a link",
    () => packTar([[{ name: "d", type: "symlink", linkname: "e" }], [{ name: "e/", type: "directory" }], [{ name: "d/f" }, "x"]]),
    "INVALID_INPUT",
    /“d” .* can't be written/,
  ],
  [
    "a hard link to a file outside",
    () => packTar([[{ name: "h", type: "link", linkname: "/etc/passwd" }]]),
    "INVALID_INPUT",
    /outside/,
  ],
  ["a hard link upwards", () => packTar([[{ name: "h", type: "link", linkname: "../archive" }]]), "INVALID_INPUT", /outside/],
  [
    "a device",
    () => packTar([[{ name: "dev", type: "character-device", devmajor: 1, devminor: 3 }]]),
    "INVALID_INPUT",
    /neither/,
  ],
  ["a FIFO", () => packTar([[{ name: "fifo", type: "fifo" }]]), "INVALID_INPUT", /neither/],
  ["a name of 256 bytes", () => packTar([[{ name: "n".repeat(256) }, "x"]]), "INVALID_INPUT", /255 bytes/],
  ["a path without end", () => packTar([[{ name: "n/".repeat(1500) }, ""]]), "INVALID_INPUT", /2048 bytes/],
  [
    "a file where a directory is",
    () =>
      packTar([
        [{ name: "a/b" }, "x"],
        [{ name: "a" }, "y"],
      ]),
    "INVALID_INPUT",
    /“a” .* can't be written/,
  ],
  ["no archive at all", async () => Buffer.from("hello"), "INVALID_INPUT", /no \.zip, \.tar or \.tar\.gz/],
  ["an empty file", async () => Buffer.alloc(0), "INVALID_INPUT", /no \.zip/],
  ["a cut zip", async () => (await packZip([["a", "x".repeat(5000)]])).subarray(0, 60), "INVALID_INPUT", /can't be read/],
  [
    "a cut tar",
    async () => (await packTar([[{ name: "a" }, "x".repeat(5000)]])).subarray(0, 1024),
    "INVALID_INPUT",
    /can't be read/,
  ],
  [
    "a cut gzip",
    async () => gzipSync(await packTar([[{ name: "a" }, "x".repeat(5000)]])).subarray(0, 50),
    "INVALID_INPUT",
    /can't be read/,
  ],
  ["an encrypted zip", async () => encrypted(await packZip([["a", "x"]])), "INVALID_INPUT", /encrypted/],
  [
    "a zip that says less than it holds",
    async () => lying(await packZip([["a", "x".repeat(5000)]])),
    "INVALID_INPUT",
    /can't be read/,
  ],
  ["a header of 40 MB", async () => gzipSync(hugeHeader(40_000_000)), "INVALID_INPUT", /max size/],
  ["a tar of 3 GiB in a few bytes", async () => gzipSync(hollow(3 * 1024 ** 3)), "TOO_LARGE", /2 GiB/],
  ["too many files", async () => gzipSync(crowd(STARTER_ENTRIES_LIMIT + 1)), "TOO_LARGE", /100000 entries/],
];

for (const [what, archive, code, message] of HOSTILE) {
  test(`${what} is refused, and nothing is written outside`, async () => {
    const { at, failed, code: answered } = await unpack(await archive());
    expect(failed?.message).toMatch(message);
    expect<string | undefined>(answered).toBe(code);
    expect(readdirSync(at).sort()).toEqual(["archive", "workspace"]);
    expect(existsSync("/tmp/ct-evil")).toBe(false);
  });
}

test("a name that comes twice means its last content and mode", async () => {
  const { into, failed } = await unpack(
    await packTar([
      [{ name: "a", mode: 0o755 }, "longer"],
      [{ name: "a", mode: 0o644 }, "new"],
    ]),
  );
  expect(failed).toBeUndefined();
  expect(readFileSync(join(into, "a"), "utf8")).toBe("new");
  expect(lstatSync(join(into, "a")).mode & 0o777).toBe(0o644);
});

test("it stops when it is told to", async () => {
  const { failed } = await unpack(await packTar(TREE), AbortSignal.abort());
  expect(failed?.name).toBe("AbortError");
});

/** Sets the flag of encryption in both headers of a zip's only entry. */
function encrypted(zip: Buffer): Buffer {
  const central = zip.indexOf("PK\x01\x02", 0, "latin1");
  zip[6] = (zip[6] ?? 0) | 1;
  zip[central + 8] = (zip[central + 8] ?? 0) | 1;
  return zip;
}

function lying(zip: Buffer): Buffer {
  zip.writeUInt32LE(10, zip.indexOf("PK\x01\x02", 0, "latin1") + 24);
  return zip;
}

function header(name: string, size: number, type = "0"): Buffer {
  const block = Buffer.alloc(512);
  block.write(name);
  block.write("0000644\0", 100);
  block.write(size < 8 ** 11 ? `${size.toString(8).padStart(11, "0")}\0` : "", 124);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\x0000", 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return block;
}

const hugeHeader = (size: number): Buffer => Buffer.concat([header("pax", size, "x"), Buffer.alloc(size, 97)]);
const hollow = (size: number): Buffer => Buffer.concat([header("big", size), Buffer.alloc(1_000_000)]);
const crowd = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => header(`f${i}`, 0)));
