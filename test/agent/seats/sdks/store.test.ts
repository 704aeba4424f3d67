import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { registryOf } from "../../../../agent/seats/sdks/registry.ts";
import { sdkSettings } from "../../../../agent/seats/sdks/settings.ts";
import { SdkStore } from "../../../../agent/seats/sdks/store.ts";
import { type Answers, cut, type Entry, npmRegistry, type Packed, pack, sdkOf } from "../../../support/npm-registry.ts";
import { until } from "../../../support/until.ts";

const TOOL = "/tool/-/tool-1.0.0.tgz";
const signal = new AbortController().signal;
const answers: Answers = {};
let tools: string;
let registry: ReturnType<typeof npmRegistry>;

beforeEach(() => {
  tools = mkdtempSync(join(tmpdir(), "ct-tools-"));
  for (const path of Object.keys(answers)) delete answers[path];
  registry = npmRegistry(answers);
});
afterEach(() => {
  registry.end();
  rmSync(tools, { recursive: true });
});

const open = () => new SdkStore(tools, registry.url);
const serve = (packed: Packed) => () => new Response(packed.bytes);
const program: Entry[] = [
  { name: "package/run", content: "#!/bin/sh\n", mode: 0o777 },
  { name: "package/deep/er/note.txt", content: "hello", mode: 0o600 },
];

test("an SDK's directory has its packages, files and links, readable by all and writable by nobody else, whatever the umask", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = serve(packed);
  const sdk = {
    ...sdkOf(packed),
    files: [{ path: "hooks/setup-base", mode: 0o755, content: "true\n" }],
    links: [{ path: "bin/run", target: "../lib/run" }],
  };
  const seen: number[] = [];
  const before = process.umask(0o077);
  const tree = await open()
    .have(sdk, { signal, progress: (done, total) => seen.push(done / total) })
    .finally(() => process.umask(before));
  expect(tree.directory).toBe(join(tools, "tool", tree.digest));
  const mode = (path: string) => (lstatSync(join(tree.directory, path)).mode & 0o777).toString(8);
  expect(["lib/run", "lib/deep/er/note.txt", "hooks/setup-base"].map(mode)).toEqual(["755", "644", "755"]);
  expect([".", "lib", "lib/deep", "lib/deep/er", "hooks", "bin"].map(mode)).toEqual(Array(6).fill("755"));
  expect(mode("..")).toBe("755");
  expect(readFileSync(join(tree.directory, "bin/run"), "utf8")).toBe("#!/bin/sh\n");
  expect(readlinkSync(join(tree.directory, "bin/run"))).toBe("../lib/run");
  expect([seen[0], seen.at(-1)]).toEqual([0, 1]);
});

test("a directory that others may write is not used, with all that lies in it", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = serve(packed);
  await open().have(sdkOf(packed), { signal });
  for (const [directory, mode] of [
    [tools, 0o777],
    [join(tools, "tool"), 0o775],
  ] as const) {
    chmodSync(directory, mode);
    await expect(open().have(sdkOf(packed), { signal })).rejects.toThrow(
      `"${directory}" can be written by others than its owner`,
    );
    chmodSync(directory, 0o755);
  }
});

test.skipIf(process.getuid?.() !== 0)(
  "what a stranger made is not used, with all that lies in it; a user's own is root's as well",
  async () => {
    const packed = await pack("tool", program);
    answers[TOOL] = serve(packed);
    const sdk = sdkOf(packed);
    await open().have(sdk, { signal });
    const user = 12_345;
    for (const directory of [tools, join(tools, "tool")]) chownSync(directory, user, user);
    expect([open().has(sdk), open().isOurs(sdk)]).toEqual([false, false]);
    await expect(open().have(sdk, { signal })).rejects.toThrow(`"${tools}" belongs to somebody else`);
    const inside = join(tools, "inside");
    const own = new SdkStore(inside, registry.url);
    await own.have(sdk, { signal });
    for (const directory of [inside, join(inside, "tool")]) chownSync(directory, user, user);
    expect(own.has(sdk)).toBe(true);
    await own.have(sdk, { signal });
  },
);

test("the service's root doesn't keep them where the gateway's user could put others in their place", () => {
  const unit = readFileSync(join(import.meta.dir, "../../../../provision/service/clarateach.service"), "utf8");
  const data = /CLARATEACH_DATA=(\S+)/.exec(unit)?.[1];
  expect(data).toStartWith("/");
  expect(relative(data ?? "", sdkSettings({}).tools)).toStartWith("../");
});

test("what is there is not asked for again, without a network too", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = serve(packed);
  const first = await open().have(sdkOf(packed), { signal });
  registry.end();
  expect(await open().have(sdkOf(packed), { signal })).toEqual(first);
  expect(registry.asked).toEqual([TOOL]);
});

test("another file than the pinned one is not used, and nothing of it stays", async () => {
  const [packed, other] = [await pack("tool", program), await pack("tool", [{ name: "package/run", content: "evil" }])];
  const padded = { ...other, pinned: { ...packed.pinned, bytes: other.bytes.length } };
  answers[TOOL] = serve(other);
  await expect(open().have(sdkOf(padded), { signal })).rejects.toThrow(/sent another file than tool 1\.0\.0 is/);
  expect(readdirSync(join(tools, "tool"))).toEqual([]);
  expect(registry.asked).toHaveLength(1);
});

test("a file without end is read no further than the pinned size", async () => {
  const packed = await pack("tool", program);
  let sent = 0;
  answers[TOOL] = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      }),
    );
  await expect(open().have(sdkOf(packed), { signal })).rejects.toThrow(/another file/);
  // What the kernel holds between the two, and no more.
  expect(sent).toBeLessThan(16 * 1024 ** 2);
});

test("a line that is cut is tried once more", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = () => (registry.asked.length === 1 ? cut(packed) : new Response(packed.bytes));
  const { directory } = await open().have(sdkOf(packed), { signal });
  expect(readFileSync(join(directory, "lib/deep/er/note.txt"), "utf8")).toBe("hello");
  expect(registry.asked).toHaveLength(2);
});

test("what can't be fetched says which, from where, why and what to do", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = () => cut(packed);
  const half = Math.floor(packed.bytes.length / 2);
  await expect(open().have(sdkOf(packed), { signal })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: `cannot fetch tool 1.0.0 from ${registry.url}: the line was cut after ${half} of ${packed.bytes.length} bytes; look after this computer's way to it, or set CLARATEACH_NPM_REGISTRY to a mirror, then start again`,
  });
  delete answers[TOOL];
  await expect(open().have(sdkOf(packed), { signal })).rejects.toThrow(/answers with status 404/);
  registry.end();
  await expect(open().have(sdkOf(packed), { signal })).rejects.toThrow(/^cannot fetch tool 1\.0\.0 from http:.*connect/i);
  expect(readdirSync(join(tools, "tool"))).toEqual([]);
});

test.each<[string, Entry]>([
  ["outside", { name: "package/../../../escaped", content: "x" }],
  ["outside", { name: "/escaped", content: "x" }],
  ["beside the package", { name: "escaped", content: "x" }],
  ["neither file nor directory", { name: "package/escaped", type: "symlink", linkname: "/etc" }],
  ["neither file nor directory", { name: "package/escaped", type: "link", linkname: "/etc/passwd" }],
])("a package with an entry that is %s is refused: %o", async (why, entry) => {
  const packed = await pack("tool", [...program, entry]);
  answers[TOOL] = serve(packed);
  await expect(open().have(sdkOf(packed), { signal })).rejects.toThrow(why);
  expect(readdirSync(join(tools, "tool"))).toEqual([]);
  expect(existsSync(join(tools, "escaped"))).toBe(false);
});

test("several who want the same at once all get it, and nothing is left beside it", async () => {
  const packed = await pack("tool", program);
  answers[TOOL] = serve(packed);
  const all = await Promise.all(Array.from({ length: 4 }, () => open().have(sdkOf(packed), { signal })));
  expect(new Set(all.map(({ directory }) => directory)).size).toBe(1);
  expect(readdirSync(join(tools, "tool"))).toEqual([all[0]?.digest ?? ""]);
});

test("who stops waiting ends the download, and nothing stays", async () => {
  const packed = await pack("tool", program);
  const left = Promise.withResolvers<void>();
  answers[TOOL] = (request) => {
    request.signal.addEventListener("abort", () => left.resolve());
    return new Response(new ReadableStream({ start: (controller) => controller.enqueue(packed.bytes.subarray(0, 9)) }));
  };
  const stop = new AbortController();
  const having = open().have(sdkOf(packed), { signal: stop.signal });
  await until("the package is asked for", () => registry.asked.length === 1);
  stop.abort(new Error("no longer"));
  await expect(having).rejects.toThrow("no longer");
  await left.promise;
  expect(registry.asked).toHaveLength(1);
  expect(readdirSync(join(tools, "tool"))).toEqual([]);
});

test("a registry is an https address, or one of this computer", () => {
  expect(registryOf(undefined)).toBe("https://registry.npmjs.org");
  expect(registryOf("https://npm.example.org/mirror/")).toBe("https://npm.example.org/mirror");
  expect(registryOf("http://127.0.0.1:4873")).toBe("http://127.0.0.1:4873");
  for (const wrong of ["http://npm.example.org", "npm.example.org", "https://me:secret@npm.example.org", "ftp://a"])
    expect(() => registryOf(wrong)).toThrow(/CLARATEACH_NPM_REGISTRY is ".*"; set it to the https address/);
});

test("a package in thousands of pieces is told in two hundred steps", async () => {
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString("base64");
  const packed = await pack("tool", [{ name: "package/large", content: random }]);
  const pieces = async function* () {
    for (let at = 0; at < packed.bytes.length; at += 20) {
      yield packed.bytes.subarray(at, at + 20);
      // Each leaves by itself.
      await new Promise(setImmediate);
    }
  };
  answers[TOOL] = () => new Response(pieces() as unknown as ReadableStream);
  let told = 0;
  await open().have(sdkOf(packed), { signal, progress: () => told++ });
  expect(told).toBeGreaterThan(1);
  expect(told).toBeLessThanOrEqual(201);
});
