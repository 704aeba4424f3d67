/** What was sent on is freed at once: none of it may still be on its way to a client who reads in fits and starts. */
import { afterEach, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { forward } from "../../../agent/front/calls.ts";
import { openUpstreams } from "../../../agent/front/upstreams.ts";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import { until } from "../../support/until.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** @param framing of what is sent  @returns the door before its server, and how much that one has sent */
async function behind(framing: string, said: () => Iterable<Uint8Array>) {
  let socket: Socket | undefined;
  const server = createServer((met) => {
    socket = met.on("error", () => {});
    met.once("data", () => {
      met.write(`HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n${framing}\r\n\r\n`);
      Readable.from(said()).pipe(met);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const target = { upstream: `127.0.0.1:${(server.address() as { port: number }).port}`, path: "/", client: "127.0.0.1" };
  const upstreams = openUpstreams();
  const leave = { now: () => {}, onceTaken: () => {} };
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const tls = { key, cert: selfSigned(key, "localhost") };
  const door = Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch: (request) => forward(request, target, leave, upstreams) });
  ended.push(
    () => door.stop(true),
    upstreams.stop,
    () => socket?.destroy(),
    () => server.close(),
  );
  return { url: door.url, sent: () => (socket ? socket.bytesWritten - socket.writableLength : 0) };
}

const answerOf = (url: URL) => new Promise<IncomingMessage>((answered) => void get(url, { rejectUnauthorized: false }, answered));

/** Nothing moves any more: whatever may wait on the way does. */
async function stands(sent: () => number): Promise<void> {
  let before = -1;
  await until("its sender to stand", () => {
    const still = sent() === before;
    before = sent();
    return still;
  });
}

const PIECES = Array.from({ length: 512 }, (_, i) =>
  crypto.getRandomValues(new Uint8Array([60_000, 4096, 100, 33_333][i % 4] as number)),
);
const LENGTH = PIECES.reduce((sum, { length }) => sum + length, 0);
const inChunks = (piece: Uint8Array) =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
const digest = (pieces: readonly Uint8Array[]) => new Bun.CryptoHasher("sha256").update(Buffer.concat(pieces)).digest("hex");

test.each([
  ["by its length", `Content-Length: ${LENGTH}`, () => PIECES],
  ["in chunks", "Transfer-Encoding: chunked", () => [...PIECES.map(inChunks), Buffer.from("0\r\n\r\n")]],
])("a long answer %s comes as it was sent", async (_, framing, said) => {
  const { url, sent } = await behind(framing, said);
  const answer = await answerOf(url);
  const came: Buffer[] = [];
  let left = 0;
  for await (const piece of answer) {
    came.push(piece);
    left -= piece.length;
    if (left > 0) continue;
    await stands(sent);
    left = 1_000_000;
  }
  expect(digest(came)).toBe(digest(PIECES));
});
