import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Peer } from "../../../agent/contract/peer.ts";
import { bridge } from "../../../agent/previews/bridge.ts";
import { until } from "../../support/until.ts";

const uid = process.getuid?.() ?? 0;
const FLOOD = 32 * 1024 * 1024;
let directory: string;
let path: string;
let server: Server;
let clients: Socket[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "ct-bridge-"));
  path = join(directory, "vnc.sock");
  clients = [];
  server = createServer((client) => clients.push(client.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(() => {
  for (const client of clients) client.destroy();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A reader that takes `room` bytes before it is behind. */
class Reader implements Peer {
  got = 0;
  paused = false;
  closed: number | undefined;
  constructor(public room = Number.POSITIVE_INFINITY) {}
  send(data: string | Uint8Array): number {
    this.got += data.length;
    return this.got > this.room ? -1 : 1;
  }
  close(code: number): void {
    this.closed = code;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

test("a viewer that doesn't read holds the screen back, and gets all once it does", async () => {
  const reader = new Reader(1_000_000);
  const screen = bridge(reader, () => {});
  await screen.connect(path, uid);
  const client = await until("the connection", () => clients[0]);
  client.write(Buffer.alloc(FLOOD));
  await until("it to be behind", () => reader.got > reader.room);
  const { got } = reader;
  // As much again as any pause could let slip would have come by the time another connection has answered.
  const other = bridge(new Reader(), () => {});
  await other.connect(path, uid);
  await until("another connection", () => clients[1]);
  other.close();
  expect(reader.got).toBeLessThan(got + 1024 * 1024);
  expect(client.writableLength).toBeGreaterThan(FLOOD / 2);
  reader.room = Number.POSITIVE_INFINITY;
  screen.drain();
  await until("all of it", () => reader.got === FLOOD);
  screen.close();
});

test("a screen that doesn't read holds the viewer back, and nothing it sent is lost", async () => {
  const viewer = new Reader();
  const screen = bridge(viewer, () => {});
  expect(viewer.paused).toBe(true);
  await screen.connect(path, uid);
  const client = await until("the connection", () => clients[0]);
  await until("the viewer to be heard", () => !viewer.paused);
  client.pause();
  const piece = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  while (!viewer.paused) {
    screen.message(piece);
    sent += piece.length;
  }
  expect(sent).toBeLessThan(4 * 1024 * 1024);
  let received = 0;
  client.on("data", (bytes) => {
    received += bytes.length;
  });
  client.resume();
  await until("all of it", () => received === sent);
  await until("the viewer to go on", () => !viewer.paused);
  client.destroy();
  expect(await until("the viewer to be told", () => viewer.closed)).toBe(1012);
});

test("only the seat's own socket is connected to: no link, no file, nobody else's", async () => {
  const link = join(directory, "link");
  symlinkSync(path, link);
  const file = join(directory, "file");
  writeFileSync(file, "");
  for (const [place, owner] of [
    [link, uid],
    [file, uid],
    [path, uid + 1],
    [join(directory, "none"), uid],
  ] as const) {
    const screen = bridge(new Reader(), () => {});
    expect(
      await screen.connect(place, owner).then(
        () => "connected",
        () => "refused",
      ),
    ).toBe("refused");
    screen.close();
  }
  expect(clients).toEqual([]);
});

test("a client that talks before the server, and a lot, is no VNC client", () => {
  const viewer = new Reader();
  let closed = 0;
  const screen = bridge(viewer, () => closed++);
  for (let i = 0; i < 100; i++) screen.message(Buffer.alloc(1000));
  expect([viewer.closed, closed]).toEqual([4400, 1]);
});
