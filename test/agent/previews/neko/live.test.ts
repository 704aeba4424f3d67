import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { CLOSE } from "../../../../agent/contract/close.ts";
import { Problem } from "../../../../agent/contract/errors.ts";
import { LEFT_OUT } from "../../../../agent/contract/neko-events.ts";
import { openPreviews, type Previews } from "../../../../agent/previews/previews.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { type BesideNeko, besideNeko } from "../../../support/beside-neko.ts";
import { LivePage } from "../../../support/live-page.ts";
import { openProcessSeats, type ProcessSeats } from "../../../support/process-seats.ts";
import { until } from "../../../support/until.ts";

const path = process.env.PATH;
const turn = { urls: ["turns:turn.example.org:443"], username: "class", credential: "word" };
const neko = { image: "neko:3", address: "203.0.113.7", ports: 52_000, iceServers: [turn] };
/** Long enough for an answer on a busy computer, short enough for a test that waits for none. */
const provideMs = 3000;
let seats: ProcessSeats;
let plain: SeatHandle;
let beside: BesideNeko;
let troubles: unknown[] = [];

beforeAll(async () => {
  seats = await openProcessSeats();
  plain = await seats.seat(1);
});
afterAll(async () => {
  await seats.end();
});

const opened: Previews[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((previews) => previews.close()));
  troubles = [];
});

/** A seat with a place for neko, its preview, and pages of it. */
function open(options: Parameters<typeof openPreviews>[0] = {}) {
  beside = besideNeko();
  const seat = beside.seat(plain);
  const previews = openPreviews({ path, neko, provideMs, onTrouble: (error) => troubles.push(error), ...options });
  opened.push(previews);
  return { previews, page: () => new LivePage((peer) => previews.live(seat, peer)), seat };
}

/** Everything that opens this neko. */
function secrets(): string[] {
  const env = beside.wishes.at(-1)?.env ?? {};
  const names = ["MEMBER_MULTIUSER_USER_PASSWORD", "MEMBER_MULTIUSER_ADMIN_PASSWORD", "SESSION_API_TOKEN"];
  return names.map((name) => env[`NEKO_${name}`] ?? "").concat(tokens());
}

const tokens = (): string[] =>
  (beside.neko?.seen.requests ?? []).flatMap(({ url }) => new URL(url).searchParams.get("token") ?? []);

const told = (event: string) => beside.neko?.seen.events.filter((one) => one.event === event) ?? [];

test("a page is signed in without a prompt, greeted, and given a description with the servers that were set", async () => {
  const { page, previews } = open();
  expect(previews.seatFeature(1)).toEqual({ available: true, viewers: ["neko", "vnc"] });
  const one = page();
  expect(one.paused).toBe(true);
  // Said before anybody is there: heard once somebody is.
  one.say("signal/request", { video: {}, audio: {} });
  expect((await one.heard<{ session_id: string }>("system/init")).session_id).toStartWith("seat-01-");
  const provide = await one.heard<{ sdp: string; iceservers: unknown }>("signal/provide");
  expect(provide.sdp).toContain("v=0");
  expect(provide.iceservers).toEqual([turn]);
  expect(one.paused).toBe(false);
  const [wish] = beside.wishes;
  expect(wish).toMatchObject({ image: "neko:3", media: 52_001, env: { NEKO_WEBRTC_NAT1TO1: "203.0.113.7" } });
  one.say("client/heartbeat");
  await until("the heartbeat's answer", () => one.frames.some((text) => text.includes('"system/heartbeat"')));
  one.leave();
  await until("neko to hear that she left", () => beside.neko?.seen.requests.some(({ url }) => url.endsWith("/api/logout")));
});

test("without servers of one's own a page is told of none, though neko names a stranger's", async () => {
  const { page } = open({ neko: { ...neko, iceServers: [] } });
  const one = page();
  one.say("signal/request");
  expect((await one.heard<{ iceservers: unknown[] }>("signal/provide")).iceservers).toEqual([]);
  expect(one.frames.join()).not.toContain("google");
});

test("no frame, no trouble and no call of a page's has a secret of neko's in it", async () => {
  const { page } = open();
  const one = page();
  one.say("signal/request");
  await one.heard("signal/provide");
  one.say("client/heartbeat", {});
  await one.heard("system/heartbeat");
  const all = secrets();
  expect(all.length).toBe(4);
  expect(all.every((secret) => secret.length >= 32)).toBe(true);
  beside.die();
  await until("the page to be told", () => one.closed);
  const seen = [...one.frames, JSON.stringify(one.closed), ...troubles.map((error) => Bun.inspect(error))].join("\n");
  for (const secret of all) expect(seen).not.toContain(secret);
});

test("events that a page needn't know, or may not say, don't pass; large ones do, and too large ones cost nothing else", async () => {
  const { page } = open();
  const one = page();
  await one.heard("system/init");
  beside.neko?.shout("send/broadcast", 10);
  beside.neko?.shout("system/logs", 10);
  beside.neko?.shout("clipboard/updated", 2 * 1024 * 1024);
  await one.heard(LEFT_OUT);
  beside.neko?.shout("clipboard/updated", 900_000);
  expect((await one.heard<{ text: string }>("clipboard/updated")).text.length).toBe(900_000);
  const names = new Set(one.frames.map((text) => JSON.parse(text).event));
  expect([...names].filter((name) => !/^(system\/init|session\/|clipboard\/)/.test(name))).toEqual([]);
  one.say("send/broadcast", { subject: "x" });
  one.say("screen/set", { width: 1, height: 1 });
  one.sayBytes("no JSON");
  one.say("clipboard/set", { text: "y".repeat(500_000) });
  await until("the clipboard", () => told("clipboard/set").length === 1);
  expect(beside.neko?.seen.events.map(({ event }) => event)).toEqual(["clipboard/set"]);
});

test("only text is heard, and not much before neko is there", async () => {
  const { page } = open();
  const one = page();
  await one.heard("system/init");
  one.sayBytes(new Uint8Array(3));
  expect(one.closed?.code).toBe(CLOSE.BAD_FRAME);
  const early = page();
  for (let i = 0; i < 100; i++) early.say("control/move", { x: i, y: "z".repeat(1000) });
  expect(early.closed?.code).toBe(CLOSE.BAD_FRAME);
});

test.each([[undefined], [1000], [1011], [4999]])(
  "neko's socket that ends (%p) is one that the page comes again for",
  async (code) => {
    const { page } = open();
    const one = page();
    await one.heard("system/init");
    beside.neko?.cut(code);
    expect((await until("the page to be told", () => one.closed)).code).toBe(CLOSE.RESTART);
    const again = page();
    await again.heard("system/init");
    expect(beside.wishes.length).toBe(1);
  },
);

test("a page that doesn't read holds neko back, and gets all once it does", async () => {
  const { page } = open();
  const one = page();
  await one.heard("system/init");
  one.room = one.received;
  const [text, count] = [100_000, 40];
  for (let i = 0; i < count; i++) beside.neko?.shout("clipboard/updated", text);
  await until("it to be behind", () => one.received > one.room);
  const other = page();
  await other.heard("system/init");
  // The stand-in has it all out of its hands by then, or waits for the socket.
  expect(one.received - one.room).toBeLessThan(1024 * 1024);
  const before = one.received;
  one.read();
  await until("all of it", () => one.frames.filter((frame) => frame.includes('"clipboard/updated"')).length === count);
  expect(one.received).toBeGreaterThan(before);
});

test("a neko that hangs is started again, then its container, then the seat has its own browser and says why", async () => {
  const { page, previews, seat } = open({ path: "/nonexistent" });
  /** As pages do: who is told to come again does. */
  const ask = async () => {
    let one = page();
    one.say("signal/request");
    await until("the greeting", () => {
      if (one.closed?.code === CLOSE.RESTART) {
        one = page();
        one.say("signal/request");
      }
      return one.frames.length > 0;
    });
    return one;
  };
  beside.faults.wedge = true;
  const first = await ask();
  expect((await until("neko to be started again", () => first.closed)).code).toBe(CLOSE.RESTART);
  expect(beside.execs.filter((argv) => argv.includes("restart"))).toEqual([["supervisorctl", "restart", "neko"]]);
  expect(beside.wishes.length).toBe(1);
  // Whoever leaves before the time is over has gone to pictures: that it hangs is seen all the same.
  const second = await ask();
  await until("her wish to arrive", () => told("signal/request").length === 1);
  second.leave();
  await until("the container to end", () => beside.neko === undefined);
  const third = await ask();
  expect(beside.wishes.length).toBe(2);
  expect(beside.wishes[0]?.env.NEKO_SESSION_API_TOKEN).not.toBe(beside.wishes[1]?.env.NEKO_SESSION_API_TOKEN);
  await until("the container to end", () => third.closed);
  const last = await until("a page to be sent to pictures", async () => {
    const one = page();
    await until("an answer", () => one.closed);
    return one.closed?.code === CLOSE.OTHER_WAY ? one : undefined;
  });
  expect(last.closed?.reason).toBe("Live video hung on this machine more than once.");
  expect(previews.seatFeature(1)).toEqual({
    available: false,
    reason: "Chromium, Xtigervnc, and matchbox-window-manager aren't installed on this machine.",
    fix: expect.any(String),
  });
  // From nothing it is tried anew.
  beside.faults.wedge = false;
  await previews.closeSeat(1);
  const after = new LivePage((peer) => previews.live(seat, peer));
  after.say("signal/request");
  await after.heard("signal/provide");
});

test("two pages that wait for the same answer are one failure", async () => {
  const { page } = open();
  beside.faults.wedge = true;
  const both = [page(), page()];
  for (const one of both) one.say("signal/request");
  for (const one of both) await one.heard("system/init");
  beside.faults.wedge = false;
  for (const one of both) await until("both to be told", () => one.closed);
  expect(beside.execs.length).toBe(1);
  expect(beside.wishes.length).toBe(1);
  const again = page();
  again.say("signal/request");
  await again.heard("signal/provide");
});

test("where neko can't be started a page is told why, and so is the session; nobody who watches by pictures is", async () => {
  const { page, previews } = open();
  beside.refuse = new Problem("UNAVAILABLE", "Docker has no image neko:3.");
  const one = page();
  const { code, reason } = await until("the page to be told", () => one.closed);
  expect([code, reason]).toEqual([CLOSE.OTHER_WAY, "Docker has no image neko:3."]);
  expect(previews.seatFeature(1)).toEqual({ available: true, viewers: ["vnc"], neko: "Docker has no image neko:3." });
  expect(troubles).toEqual([beside.refuse]);
  expect(previews.feature()).toEqual({ available: true });
});

test("a seat without a place for neko, and a machine that nobody set up for it, say so at once", async () => {
  const { previews } = open();
  const page = new LivePage((peer) => previews.live(plain, peer));
  expect(page.closed).toEqual({ code: CLOSE.OTHER_WAY, reason: expect.stringContaining("plain process") });
  const { address: _, ...nowhere } = neko;
  const unset = open({ neko: nowhere }).page();
  expect(unset.closed).toEqual({ code: CLOSE.OTHER_WAY, reason: expect.stringContaining("CLARATEACH_NEKO_ADDRESS") });
  const none = open({ neko: undefined }).page();
  expect(none.closed).toEqual({ code: CLOSE.OTHER_WAY, reason: expect.stringContaining("no neko") });
});
