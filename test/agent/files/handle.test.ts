import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { ErrorBody } from "../../../agent/contract/errors.ts";
import { EDITOR_LIMIT, type FileContent, LISTING_LIMIT, type Listing, type Saved } from "../../../agent/contract/files.ts";
import { requireOpenat2 } from "../../../agent/files/syscalls.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";
import { until } from "../../support/until.ts";
import { type FilesServer, filesServer } from "./files-server.ts";

let seat: LocalSeat;
let server: FilesServer;
beforeAll(() => {
  requireOpenat2();
  seat = localSeat();
  server = filesServer(seat);
});
beforeEach(() => {
  fs.rmSync(seat.workspace, { recursive: true, force: true });
  fs.mkdirSync(seat.workspace);
});
afterAll(async () => {
  await server.stop();
  seat.end();
  expect(server.surprises).toEqual([]);
});

const at = (...names: string[]) => join(seat.workspace, ...names);
const call = (path: string, options?: RequestInit) => fetch(server.url + path, options);
const json = async <T>(answer: Response | Promise<Response>) => (await (await answer).json()) as T;
const problem = async (answer: Response | Promise<Response>) => {
  const { status } = await answer;
  return [status, (await json<ErrorBody>(answer)).error.code] as const;
};
const put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, { method: "PUT", body: JSON.stringify(body), headers });
const post = (deed: string, body: unknown) => call(`/${deed}`, { method: "POST", body: JSON.stringify(body) });

test("a listing has the seeds' fields, folders first, by both addresses", async () => {
  fs.writeFileSync(at("b.txt"), "hello");
  fs.mkdirSync(at("zoo"));
  const listing = await json<Listing>(call("?path=/workspace"));
  expect(listing).toEqual(await json<Listing>(call("/workspace/")));
  expect(listing.total).toBeUndefined();
  expect(listing.files.map(({ modified_at, ...rest }) => rest)).toEqual([
    { name: "zoo", path: "/workspace/zoo", is_directory: true, size: 0 },
    { name: "b.txt", path: "/workspace/b.txt", is_directory: false, size: 5 },
  ]);
  expect(Date.parse(listing.files[0]?.modified_at ?? "")).toBeGreaterThan(Date.now() - 60_000);
});

test("links and special files are shown as what they are and never opened", async () => {
  fs.symlinkSync("/etc/passwd", at("link"));
  Bun.spawnSync(["mkfifo", at("pipe")]);
  const files = (await json<Listing>(call("/workspace"))).files;
  expect(files.map(({ name, kind }) => [name, kind])).toEqual([
    ["link", "link"],
    ["pipe", "special"],
  ]);
  for (const query of ["", "?download"]) {
    expect(await problem(call(`/workspace/link${query}`))).toEqual([403, "FORBIDDEN"]);
    expect(await problem(call(`/workspace/pipe${query}`))).toEqual([403, "FORBIDDEN"]);
  }
  expect(await problem(put("/workspace/link", { content: "x" }))).toEqual([403, "FORBIDDEN"]);
  expect(await problem(put("/workspace/pipe", { content: "x" }))).toEqual([403, "FORBIDDEN"]);
  expect((await call("/workspace/link", { method: "DELETE" })).status).toBe(204);
  expect((await call("/workspace/pipe", { method: "DELETE" })).status).toBe(204);
  expect(fs.existsSync("/etc/passwd")).toBe(true);
});

test("what is read can be saved, and the version says whether it changed", async () => {
  expect((await put("/workspace/new/deep/a.txt", { content: "one\n" })).status).toBe(200);
  const first = await call("/workspace/new/deep/a.txt");
  const read = await json<FileContent>(first);
  expect(read).toEqual({ content: "one\n", encoding: "utf-8", version: read.version });
  expect(first.headers.get("etag")).toBe(`"${read.version}"`);
  const tag = { "if-none-match": `"${read.version}"` };
  expect((await call("/workspace/new/deep/a.txt", { headers: tag })).status).toBe(304);

  const saved = await json<Saved>(put("/workspace/new/deep/a.txt", { content: "two\n" }, { "if-match": `"${read.version}"` }));
  expect(saved.success).toBe(true);
  expect(await problem(put("/workspace/new/deep/a.txt", { content: "three" }, { "if-match": `"${read.version}"` }))).toEqual([
    412,
    "CONFLICT",
  ]);
  expect(fs.readFileSync(at("new/deep/a.txt"), "utf-8")).toBe("two\n");
  expect((await json<FileContent>(call("/workspace/new/deep/a.txt"))).version).toBe(saved.version);
  fs.rmSync(at("new/deep/a.txt"));
  expect(await problem(put("/workspace/new/deep/a.txt", { content: "x" }, { "if-match": `"${saved.version}"` }))).toEqual([
    412,
    "CONFLICT",
  ]);
});

test("a new file doesn't replace one that is there", async () => {
  expect((await put("/workspace/a", { content: "1" }, { "if-none-match": "*" })).status).toBe(200);
  expect(await problem(put("/workspace/a", { content: "2" }, { "if-none-match": "*" }))).toEqual([412, "CONFLICT"]);
  expect(fs.readFileSync(at("a"), "utf-8")).toBe("1");
});

test("of two tabs that save the same version at once, one wins", async () => {
  const { version } = await json<Saved>(put("/workspace/a", { content: "start" }));
  const tries = Array.from({ length: 8 }, (_, i) => put("/workspace/a", { content: `tab ${i}` }, { "if-match": `"${version}"` }));
  const statuses = (await Promise.all(tries)).map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
});

test("saving keeps the mode and leaves no temporary file", async () => {
  fs.writeFileSync(at("run.sh"), "#!/bin/sh\n");
  fs.chmodSync(at("run.sh"), 0o750);
  await put("/workspace/run.sh", { content: "#!/bin/sh\necho\n" });
  expect(fs.statSync(at("run.sh")).mode & 0o777).toBe(0o750);
  await put("/workspace/plain", { content: "" });
  expect(fs.statSync(at("plain")).mode & 0o777).toBe(0o644);
  expect(fs.readdirSync(seat.workspace).sort()).toEqual(["plain", "run.sh"]);
  fs.chmodSync(at("run.sh"), 0o550);
  expect(await problem(put("/workspace/run.sh", { content: "" }))).toEqual([403, "FORBIDDEN"]);
});

test.skipIf(process.getuid?.() !== 0)("saving keeps the owner, and what is new belongs to the seat", async () => {
  fs.writeFileSync(at("theirs"), "x");
  fs.chownSync(at("theirs"), 1234, 1235);
  await put("/workspace/theirs", { content: "y" });
  expect(fs.statSync(at("theirs"))).toMatchObject({ uid: 1234, gid: 1235 });
  const mine = { ...seat, owner: { uid: 1001, gid: 1002 } };
  const other = filesServer(mine);
  await fetch(`${other.url}/workspace/made/new`, { method: "PUT", body: '{"content":""}' });
  await other.stop();
  for (const name of ["made", "made/new"]) expect(fs.statSync(at(name))).toMatchObject({ uid: 1001, gid: 1002 });
});

test("bytes that aren't text come as base64 and go back the same", async () => {
  const bytes = Buffer.from([0xff, 0, 1, 2, 0xfe]);
  fs.writeFileSync(at("x.bin"), bytes);
  const { content, encoding } = await json<FileContent>(call("/workspace/x.bin"));
  expect([encoding, content]).toEqual(["base64", bytes.toString("base64")]);
  await put("/workspace/y.bin", { content, encoding });
  expect(fs.readFileSync(at("y.bin"))).toEqual(bytes);
  fs.writeFileSync(at("bom.txt"), "\ufeffhello");
  expect((await json<FileContent>(call("/workspace/bom.txt"))).content).toBe("\ufeffhello");
});

test("a file too large for the editor is a sentence, and can be downloaded", async () => {
  fs.writeFileSync(at("big"), Buffer.alloc(EDITOR_LIMIT + 1, "a"));
  const answer = await call("/workspace/big");
  expect([answer.status, (await json<ErrorBody>(answer)).error.message]).toEqual([413, expect.stringContaining("Download it")]);
  expect((await (await call("/workspace/big?download")).arrayBuffer()).byteLength).toBe(EDITOR_LIMIT + 1);
  fs.writeFileSync(at("fits"), Buffer.alloc(EDITOR_LIMIT, "\n"));
  const { content, version } = await json<FileContent>(call("/workspace/fits"));
  const saved = await call("/workspace/fits?raw", { method: "PUT", body: content, headers: { "if-match": `"${version}"` } });
  expect([saved.status, (await json<Saved>(saved)).version]).toEqual([200, version]);
});

test("outside, missing, malformed: 403, 404, 400", async () => {
  for (const path of ["/etc/passwd", "?path=/", "?path=/workspace/../etc", "?path=workspace", "?path=/workspacex"])
    expect([path, ...(await problem(call(path)))]).toEqual([path, 403, "FORBIDDEN"]);
  for (const path of ["/workspace/none", "/workspace/none/deeper", "?path=/workspace/none"])
    expect(await problem(call(path))).toEqual([404, "NOT_FOUND"]);
  fs.writeFileSync(at("file"), "");
  expect(await problem(call("/workspace/file/below"))).toEqual([404, "NOT_FOUND"]);
  for (const path of [
    "/workspace/%00",
    "/workspace/%ff",
    "/workspace/%zz",
    "?path=/workspace/%fe",
    `/workspace/${"n".repeat(256)}`,
    `/workspace${"/n".repeat(2100)}`,
  ])
    expect([path.slice(0, 20), ...(await problem(call(path)))]).toEqual([path.slice(0, 20), 400, "INVALID_INPUT"]);
  for (const body of [
    [],
    "x",
    {},
    { content: 1 },
    { content: "\ud800" },
    { content: "*", encoding: "base64" },
    { content: "", encoding: "utf-16" },
  ])
    expect(await problem(put("/workspace/f", body))).toEqual([400, "INVALID_INPUT"]);
  expect(await problem(call("/workspace/f", { method: "PUT", body: "{" }))).toEqual([400, "INVALID_INPUT"]);
  for (const method of ["PUT", "DELETE"])
    expect(await problem(call("/workspace", { method, body: '{"content":""}' }))).toEqual([403, "FORBIDDEN"]);
  expect(await problem(put("/workspace/", { content: "" }))).toEqual([403, "FORBIDDEN"]);
});

test("folders are made and things moved, never over something else", async () => {
  expect((await post("mkdir", { path: "/workspace/a/b" })).status).toBe(204);
  expect(await problem(post("mkdir", { path: "/workspace/a/b" }))).toEqual([409, "STATE_CONFLICT"]);
  fs.writeFileSync(at("f"), "1");
  fs.writeFileSync(at("g"), "2");
  expect(await problem(post("rename", { from: "/workspace/f", to: "/workspace/g" }))).toEqual([409, "STATE_CONFLICT"]);
  expect((await post("rename", { from: "/workspace/f", to: "/workspace/a/b/h" })).status).toBe(204);
  expect(fs.readFileSync(at("a/b/h"), "utf-8")).toBe("1");
  expect(await problem(post("rename", { from: "/workspace/a", to: "/workspace/a/b/c" }))).toEqual([409, "STATE_CONFLICT"]);
  expect(await problem(post("rename", { from: "/workspace/none", to: "/workspace/x" }))).toEqual([404, "NOT_FOUND"]);
  expect(await problem(post("rename", { from: "/workspace/g", to: "/workspace/no/x" }))).toEqual([404, "NOT_FOUND"]);
  expect(await problem(post("rename", { from: "/workspace/g", to: "/etc/x" }))).toEqual([403, "FORBIDDEN"]);
  expect(await problem(post("rename", { from: "/workspace", to: "/workspace/x" }))).toEqual([403, "FORBIDDEN"]);
  expect(await problem(post("rename", { from: "/workspace/g" }))).toEqual([400, "INVALID_INPUT"]);
  expect(await problem(post("hack", {}))).toEqual([404, "NOT_FOUND"]);
});

test("a folder is deleted with all in it: links not followed, read-only folders too, any depth", async () => {
  fs.writeFileSync(join(seat.outside, "keep"), "1");
  fs.mkdirSync(at("d/ro/deep"), { recursive: true });
  fs.writeFileSync(at("d/ro/deep/f"), "");
  fs.symlinkSync(seat.outside, at("d/out"));
  fs.chmodSync(at("d/ro/deep"), 0o555);
  fs.chmodSync(at("d/ro"), 0);
  // Deeper than any path may be long.
  Bun.spawnSync(["sh", "-c", 'n=$(printf "%0200d" 0); for i in $(seq 60); do mkdir $n; cd -P $n; done; touch end'], {
    cwd: at("d"),
  });
  expect((await call("/workspace/d", { method: "DELETE" })).status).toBe(204);
  expect(fs.readdirSync(seat.workspace)).toEqual([]);
  expect(fs.readFileSync(join(seat.outside, "keep"), "utf-8")).toBe("1");
  expect(await problem(call("/workspace/d", { method: "DELETE" }))).toEqual([404, "NOT_FOUND"]);
});

test("names that aren't UTF-8 are shown escaped and can be opened, renamed and deleted", async () => {
  const odd = Buffer.concat([Buffer.from(at("caf")), Buffer.from([0xe9])]);
  fs.writeFileSync(odd, "latin");
  const { name, path } = (await json<Listing>(call("/workspace"))).files[0] ?? { name: "", path: "" };
  expect(name).toBe("caf\\xE9");
  const { content, version } = await json<FileContent>(call(encodeURI(path)));
  expect(content).toBe("latin");
  expect((await put(encodeURI(path), { content: "new" }, { "if-match": `"${version}"` })).status).toBe(200);
  expect(fs.readFileSync(odd, "utf-8")).toBe("new");
  expect((await post("rename", { from: path, to: "/workspace/café" })).status).toBe(204);
  expect(fs.readdirSync(seat.workspace)).toEqual(["café"]);
});

test("a raw upload streams in and a download comes back, whole or in ranges", async () => {
  const bytes = crypto.getRandomValues(Buffer.alloc(3_000_000).fill(7).subarray(0, 60_000));
  const big = Buffer.concat(Array.from({ length: 50 }, () => bytes));
  expect((await call("/workspace/up.bin?raw", { method: "PUT", body: big })).status).toBe(200);
  expect(fs.readFileSync(at("up.bin")).equals(big)).toBe(true);
  const whole = await call("/workspace/up.bin?raw");
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "content-security-policy": expect.stringContaining("sandbox"),
    "content-disposition": `attachment; filename="up.bin"; filename*=UTF-8''up.bin`,
  });
  expect(Buffer.from(await whole.arrayBuffer()).equals(big)).toBe(true);
  const tag = whole.headers.get("etag") ?? "";
  for (const [range, start, end] of [
    ["bytes=0-0", 0, 1],
    ["bytes=1000-1999", 1000, 2000],
    ["bytes=2999990-", 2_999_990, big.length],
    ["bytes=-5", big.length - 5, big.length],
    ["bytes=10-99999999", 10, big.length],
  ] as const) {
    const part = await call("/workspace/up.bin?raw", { headers: { range, "if-range": tag } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes ${start}-${end - 1}/${big.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(big.subarray(start, end))).toBe(true);
  }
  expect((await call("/workspace/up.bin?raw", { headers: { range: "bytes=3000000-" } })).status).toBe(416);
  for (const headers of [{ range: "bytes=5-1" }, { range: "bytes=0-1,5-6" }, { range: "bytes=0-1", "if-range": '"old"' }])
    expect((await call("/workspace/up.bin?raw", { headers, method: "HEAD" })).status).toBe(200);
});

test("a file's name can't break out of its header", async () => {
  const name = 'a"b\r\nset-cookie: x;é😀.html';
  fs.writeFileSync(at(name), "<script>");
  const answer = await call(`/workspace/${encodeURIComponent(name)}?download`);
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(answer.headers.get("content-disposition")).toBe(
    `attachment; filename="a_b__set-cookie_ x____.html"; filename*=UTF-8''a%22b%0D%0Aset-cookie%3A%20x%3B%C3%A9%F0%9F%98%80.html`,
  );
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
});

test("an upload that is cut off leaves the old file and nothing else", async () => {
  fs.writeFileSync(at("f"), "old");
  for (const head of ["Content-Length: 100000", "Transfer-Encoding: chunked"]) {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      `PUT /files/workspace/f?raw HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${head.includes("chunked") ? "5\r\nhello\r\n" : "hello"}`,
    );
    await until("the upload to begin", () => fs.readdirSync(seat.workspace).length === 2);
    socket.destroy();
    await until("the temporary file to go", () => fs.readdirSync(seat.workspace).length === 1);
  }
  expect(fs.readFileSync(at("f"), "utf-8")).toBe("old");
});

test("of a huge folder the first are listed, and how many there are", async () => {
  Bun.spawnSync(["sh", "-c", `seq -f f%.0f 0 ${LISTING_LIMIT + 499} | xargs touch`], { cwd: seat.workspace });
  fs.mkdirSync(at("zz"));
  const { files, total } = await json<Listing>(call("/workspace"));
  expect([files.length, total, files[0]?.name, files[1]?.name]).toEqual([LISTING_LIMIT, LISTING_LIMIT + 501, "zz", "f0"]);
});

test.skipIf(process.getuid?.() !== 0)(
  "a full disk is a sentence; the old content stays and no temporary file is left",
  async () => {
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=512k", "full", seat.workspace]).exitCode).toBe(0);
    try {
      fs.writeFileSync(at("f"), "old");
      for (const [path, body] of [
        ["/workspace/f?raw", Buffer.alloc(2_000_000)],
        ["/workspace/f", JSON.stringify({ content: "x".repeat(1_040_000) })],
      ] as const) {
        const answer = await call(path, { method: "PUT", body });
        expect([answer.status, (await json<ErrorBody>(answer)).error.message]).toEqual([
          413,
          expect.stringContaining("disk is full"),
        ]);
      }
      expect([fs.readdirSync(seat.workspace), fs.readFileSync(at("f"), "utf-8")]).toEqual([["f"], "old"]);
    } finally {
      Bun.spawnSync(["umount", seat.workspace]);
    }
  },
);

test("no descriptor is left open", async () => {
  const open = () => fs.readdirSync("/proc/self/fd").length;
  fs.writeFileSync(at("f"), Buffer.alloc(1_000_000));
  const everything = async () => {
    for (const path of ["/workspace", "/workspace/f", "/workspace/f?download", "/workspace/none", "/archive"])
      await (await call(path)).arrayBuffer();
    await (await put("/workspace/x/y", { content: "1" })).arrayBuffer();
    await call("/workspace/x", { method: "DELETE" });
    await call("/workspace/f?download", { method: "HEAD" });
  };
  await everything();
  const before = open();
  for (let i = 0; i < 10; i++) await everything();
  expect(open()).toBeLessThanOrEqual(before + 2);
});
