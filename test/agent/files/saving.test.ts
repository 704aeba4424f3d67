import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { ErrorBody } from "../../../agent/contract/errors.ts";
import { EDITOR_LIMIT } from "../../../agent/contract/files.ts";
import { bodyPieces, JSON_SAVE_LIMIT } from "../../../agent/files/body.ts";
import { parsePath } from "../../../agent/files/paths.ts";
import { save } from "../../../agent/files/saving.ts";
import { type LocalSeat, localSeat } from "../../support/local-seat.ts";
import { until } from "../../support/until.ts";
import { type FilesServer, filesServer } from "./files-server.ts";

let seat: LocalSeat;
let server: FilesServer;
const sockets: Socket[] = [];
beforeEach(() => {
  seat = localSeat();
  server = filesServer(seat);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
  seat.end();
  expect(server.surprises).toEqual([]);
});

const at = (name: string) => join(seat.workspace, name);
const call = (path: string, options?: RequestInit) => fetch(server.url + path, options);
const put = (path: string, body: BodyInit) => call(path, { method: "PUT", body });
const message = async (answer: Response) => [answer.status, ((await answer.json()) as ErrorBody).error.message];

/** A client that announces more than it sends. @returns what it was answered so far */
function stalled(path: string): { answer(): string } {
  let answer = "";
  const socket = connect(server.port, "127.0.0.1");
  socket.on("data", (bytes) => (answer += bytes)).on("error", () => {});
  socket.write(`PUT /files/workspace/${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"content":"`);
  sockets.push(socket);
  return { answer: () => answer };
}

test("JSON of more than 1 MiB is refused, announced or not, and the raw way is named", async () => {
  const fits = JSON.stringify({ content: "x".repeat(JSON_SAVE_LIMIT - 100) });
  expect((await put("/workspace/fits", fits)).status).toBe(200);
  const larger = Buffer.from(JSON.stringify({ content: "x".repeat(JSON_SAVE_LIMIT) }));
  const chunked = new ReadableStream({
    start(controller) {
      for (let from = 0; from < larger.length; from += 100_000) controller.enqueue(larger.subarray(from, from + 100_000));
      controller.close();
    },
  });
  for (const body of [larger, chunked])
    expect(await message(await put("/workspace/larger", body))).toEqual([413, expect.stringContaining('PUT and "?raw"')]);
  expect(fs.readdirSync(seat.workspace)).toEqual(["fits"]);
});

test.each(["?raw", ""])("saves that stall (%s) are few, and give their slots back when their clients leave", async (query) => {
  const all = Array.from({ length: 10 }, (_, i) => stalled(`f${i}${query}`));
  await until("two to be refused", () => all.filter(({ answer }) => answer().startsWith("HTTP/1.1 429")).length === 2);
  expect(all.filter(({ answer }) => answer() === "").length).toBe(8);
  expect(await message(await put("/workspace/one?raw", "x"))).toEqual([429, expect.stringContaining("8 saves running")]);
  for (const socket of sockets.splice(0)) socket.destroy();
  await until("a save to be taken again", async () => (await put("/workspace/one?raw", "x")).status === 200);
  await until("what was begun to be gone", () => fs.readdirSync(seat.workspace).length === 1);
});

test("saves that are done, refused or in conflict give their slots back", async () => {
  for (let i = 0; i < 20; i++) {
    expect((await put("/workspace/f?raw", "x")).status).toBe(200);
    expect((await put("/workspace/f", "{")).status).toBe(400);
    const headers = { "if-match": '"old"' };
    expect((await call("/workspace/f?raw", { method: "PUT", body: "y", headers })).status).toBe(412);
  }
});

test("a body that comes to a standstill is given up: the old content stays, nothing is left", async () => {
  fs.writeFileSync(at("f"), "old");
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("new")) });
  const request = new Request("http://x/", { method: "PUT", body });
  const saving = save(seat, parsePath("/workspace/f"), bodyPieces(request, 50), { match: null, noneMatch: null });
  expect(saving).rejects.toThrow("too slowly");
  await saving.catch(() => {});
  expect(fs.readdirSync(seat.workspace)).toEqual(["f"]);
  expect(fs.readFileSync(at("f"), "utf8")).toBe("old");
});

test("a body that comes slowly, but fast enough to end, has its time by what has come", async () => {
  const piece = Buffer.alloc(100_000, "x");
  const began = performance.now();
  async function* slowly() {
    yield piece;
    await until("more time than the beginning has", () => performance.now() - began > 600);
    yield piece;
  }
  // 100 kB are worth six seconds; without them the whole would have to come within 400 ms.
  const request = new Request("http://x/", { method: "PUT", body: slowly() as unknown as BodyInit });
  const pieces = await Array.fromAsync(bodyPieces(request, 400));
  expect(Buffer.concat(pieces).length).toBe(200_000);
});

test("answers that nobody reads are few, and end with their clients", async () => {
  // Six bytes of JSON for each: more than the sockets between hold.
  fs.writeFileSync(at("large"), Buffer.alloc(EDITOR_LIMIT, "\x01"));
  const abort = new AbortController();
  const answers = await Promise.all(Array.from({ length: 20 }, () => call("/workspace/large", { signal: abort.signal })));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(16).fill(200), ...Array(4).fill(429)]);
  abort.abort();
  await until("an answer to be free again", async () => {
    const answer = await call("/workspace/large");
    return (await answer.arrayBuffer()).byteLength > EDITOR_LIMIT;
  });
});

test("answers that are small, asked about, or read to their end give their slots back", async () => {
  fs.writeFileSync(at("small"), "x");
  fs.writeFileSync(at("large"), Buffer.alloc(1_000_000, "x"));
  for (let i = 0; i < 20; i++) {
    expect((await call("/workspace/small")).status).toBe(200);
    expect((await call("/workspace/large", { method: "HEAD" })).status).toBe(200);
    const large = await call("/workspace/large");
    expect([large.status, (await large.text()).length > 1_000_000]).toEqual([200, true]);
  }
});
