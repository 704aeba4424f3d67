import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CLOSE } from "../../../../agent/contract/close.ts";
import type { MachineDocument } from "../../../../agent/contract/machine.ts";
import { runtimeDirectories } from "../../../../agent/contract/running.ts";
import { type Listeners, openListeners } from "../../../../agent/listeners.ts";
import { faultReporter, openLog } from "../../../../agent/log.ts";
import { openRooms, type Rooms } from "../../../../agent/rooms.ts";
import { processRuntime } from "../../../../agent/seats/process/runtime.ts";
import { type BesideNeko, besideNeko, runtimeWithNeko } from "../../../support/beside-neko.ts";
import { newDocument, newMachineDir, newSigner, type Signer } from "../../../support/machine.ts";
import { until } from "../../../support/until.ts";

const SETTINGS = { CLARATEACH_NEKO_IMAGE: "neko:3", CLARATEACH_NEKO_ADDRESS: "203.0.113.7" };
const before = Object.keys(SETTINGS).map((name) => [name, process.env[name]] as const);
const nekos = new Map<number, BesideNeko>();
const written: string[] = [];
let directory: string;
let document: MachineDocument;
let signer: Signer;
let rooms: Rooms;
let listeners: Listeners;

/** A machine whose seats have a place for neko, with its real door. */
beforeAll(async () => {
  Object.assign(process.env, SETTINGS);
  signer = await newSigner();
  document = newDocument(signer, 2);
  directory = await newMachineDir(document);
  const runtime = runtimeWithNeko(processRuntime({ path: process.env.PATH }), nekoOf);
  const log = faultReporter(openLog(join(directory, "agent.log")));
  const report = (error: unknown) => {
    written.push(Bun.inspect(error));
    return log(error);
  };
  const pages = { asset: () => undefined, page: () => new Response("page") };
  rooms = await openRooms({ directory, runtime, pages, report, empty: async () => {} });
  listeners = openListeners(directory, rooms, report);
  await until("the seats", () => rooms.seats.seat(1) && rooms.seats.seat(2));
});
afterAll(async () => {
  for (const [name, value] of before)
    value === undefined ? delete process.env[name] : Object.assign(process.env, { [name]: value });
  await rooms.previews.close();
  await listeners.stop();
  await rooms.seats.runtime.removeEverything();
  await rooms.seats.close();
  for (const path of [...runtimeDirectories(document.machine), directory]) rmSync(path, { recursive: true, force: true });
});

function nekoOf(seat: number): BesideNeko {
  const known = nekos.get(seat) ?? besideNeko();
  nekos.set(seat, known);
  return known;
}

const host = () => `localhost:${listeners.ports?.public}`;

/** As her browser has it after she entered. */
async function cookieOf(seat: number): Promise<string> {
  const token = await signer.learner(document, seat);
  const entered = await fetch(`http://${host()}/?token=${token}`, { redirect: "manual" });
  return (entered.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

interface Opened {
  frames: string[];
  socket: WebSocket;
  closed?: { code: number; reason: string };
}

function open(seat: number, headers: Record<string, string>): Opened {
  const socket = new WebSocket(`ws://${host()}/vm/0${seat}/browser`, { headers } as unknown as string[]);
  const opened: Opened = { frames: [], socket };
  socket.onmessage = ({ data }) => opened.frames.push(String(data));
  socket.onclose = ({ code, reason }) => {
    opened.closed = { code, reason };
  };
  return opened;
}

const has = (opened: Opened, event: string) =>
  until(event, () => opened.frames.find((text) => text.includes(`"event":"${event}"`)));

/** What a call that wants to open the socket is answered. */
async function status(seat: number, headers: Record<string, string>): Promise<number> {
  const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const key = { "sec-websocket-key": btoa("0123456789abcdef") };
  return (await fetch(`http://${host()}/vm/0${seat}/browser`, { headers: { ...upgrade, ...key, ...headers } })).status;
}

test("her cookie and her own page open it: a greeting, a description, and no secret on the way", async () => {
  const opened = open(1, { cookie: await cookieOf(1), origin: `http://${host()}` });
  opened.socket.onopen = () => opened.socket.send(JSON.stringify({ event: "signal/request", payload: {} }));
  await has(opened, "system/init");
  expect(await has(opened, "signal/provide")).not.toContain("google");
  const session = await fetch(`http://${host()}/vm/01/session`, { headers: { cookie: await cookieOf(1) } });
  const info = await session.text();
  expect(JSON.parse(info).features.preview).toEqual({ available: true, viewers: ["neko", "vnc"] });
  const env = nekoOf(1).wishes[0]?.env ?? {};
  const requests = nekoOf(1).neko?.seen.requests ?? [];
  const secrets = [
    ...["MEMBER_MULTIUSER_USER_PASSWORD", "MEMBER_MULTIUSER_ADMIN_PASSWORD", "SESSION_API_TOKEN"].map(
      (name) => env[`NEKO_${name}`] ?? "",
    ),
    ...requests.flatMap(({ url }) => new URL(url).searchParams.get("token") ?? []),
  ];
  expect(secrets.length).toBe(4);
  const log = await Bun.file(join(directory, "agent.log")).text();
  const seen = [...opened.frames, info, ...written, log].join("\n");
  for (const secret of secrets) expect([secret.length >= 32, seen.includes(secret)]).toEqual([true, false]);
  // What opens her seat isn't shown to what may be a program of hers.
  const told = JSON.stringify(requests.map(({ headers }) => headers));
  expect(told).not.toContain("cookie");
  expect(told).not.toContain((await cookieOf(1)).split("=")[1] ?? "none");
  opened.socket.close();
});

test("nobody else gets in: not without a cookie, not with another seat's, not from another site's page", async () => {
  const [own, other] = [await cookieOf(1), await cookieOf(2)];
  const origin = `http://${host()}`;
  expect(await status(1, { origin })).toBe(401);
  expect(await status(1, { origin, cookie: other })).toBe(403);
  expect(await status(2, { origin, cookie: own })).toBe(403);
  expect(await status(1, { origin: "https://evil.example.org", cookie: own })).toBe(403);
  expect(await status(1, { cookie: own })).toBe(403);
  expect(await status(1, { origin, authorization: "Bearer nobody", cookie: "" })).toBe(401);
  const before = nekoOf(1).neko?.seen.requests.length;
  const refused = open(1, { origin: "https://evil.example.org", cookie: own });
  await until("it to be refused", () => refused.closed);
  expect(refused.frames).toEqual([]);
  expect(nekoOf(1).neko?.seen.requests.length).toBe(before);
});

test("two seats have a neko each, by a port of their own, and one's end is nothing to the other", async () => {
  const opened = await Promise.all(
    [1, 2].map(async (seat) => open(seat, { cookie: await cookieOf(seat), origin: `http://${host()}` })),
  );
  for (const one of opened) await has(one, "system/init");
  expect([1, 2].map((seat) => nekoOf(seat).wishes.at(-1)?.media)).toEqual([52_001, 52_002]);
  nekoOf(2).neko?.cut(1000);
  expect((await until("the page to be told", () => opened[1]?.closed)).code).toBe(CLOSE.RESTART);
  expect(opened[0]?.closed).toBeUndefined();
  opened[0]?.socket.close();
});
