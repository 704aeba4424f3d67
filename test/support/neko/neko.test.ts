import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Subprocess } from "bun";
import { type Browser, chromium, type Page } from "playwright-core";
import { HEARING, launchChromium } from "../browser.ts";
import { PATIENCE_MS, until } from "../until.ts";
import { freePort } from "../world.ts";
import { readFaults } from "./faults.ts";
import { type Neko, startNeko } from "./neko.ts";
import { readSettings } from "./settings.ts";

let screen: Subprocess<"ignore", "pipe">;
let display: string;
let neko: Neko;

beforeAll(async () => {
  // It takes a number that is free, and says which.
  screen = Bun.spawn(["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp"], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  });
  const { value } = await screen.stdout.getReader().read();
  display = `:${new TextDecoder().decode(value).trim()}`;
  neko = await startNeko(
    readSettings({
      ...{ DISPLAY: display, NEKO_SERVER_BIND: "127.0.0.1:0", NEKO_SESSION_IMPLICIT_HOSTING: "true" },
      ...{ NEKO_MEMBER_MULTIUSER_USER_PASSWORD: "hers", NEKO_MEMBER_MULTIUSER_ADMIN_PASSWORD: "theirs" },
      ...{ NEKO_SESSION_API_TOKEN: "api", NEKO_CAPTURE_VIDEO_PIPELINES: '{"main":{"fps":"20"}}' },
      NEKO_WEBRTC_TCPMUX: String(await freePort()),
    }),
    readFaults(undefined),
  );
});

afterAll(async () => {
  await neko?.stop();
  screen?.kill();
  await screen?.exited;
});

const call = (path: string, init: RequestInit & { method?: string } = {}) => fetch(neko.url + path, init);
const login = (password: string) => call("/api/login", { method: "POST", body: JSON.stringify({ username: "seat", password }) });
const tokenOf = async (password: string): Promise<string> => (await (await login(password)).json()).token;

/** A socket, and what it was told. */
async function socketOf(token: string) {
  const socket = new WebSocket(`${neko.url.replace("http", "ws")}/api/ws?token=${token}`);
  const told: { event: string; payload: Record<string, unknown> }[] = [];
  const closed = Promise.withResolvers<number>();
  socket.onmessage = ({ data }) => told.push(JSON.parse(String(data)));
  socket.onclose = ({ code }) => closed.resolve(code);
  const say = (event: string, payload?: unknown) => socket.send(JSON.stringify({ event, payload }));
  const heard = (event: string) => until(event, () => told.find((each) => each.event === event));
  return { socket, told, closed: closed.promise, say, heard };
}

test("who logs in has a token; a wrong password is 401, and logins that are locked are 403 for all but an admin", async () => {
  expect(await (await call("/health")).text()).toBe("true");
  expect((await login("wrong")).status).toBe(401);
  const { token, id, state } = await (await login("hers")).json();
  expect(id).toStartWith("seat-");
  expect(state).toEqual({ is_connected: false, is_watching: false });
  expect((await (await call(`/api/whoami?token=${token}`)).json()).id).toBe(id);
  expect((await call("/api/whoami")).status).toBe(401);
  const foreign = await call(`/api/whoami?token=${token}`, { headers: { authorization: "Bearer of another" } });
  expect(foreign.status).toBe(401);

  const lock = (locked: boolean) =>
    call("/api/room/settings?token=api", { method: "POST", body: JSON.stringify({ locked_logins: locked }) });
  expect((await lock(true)).status).toBe(204);
  expect((await login("hers")).status).toBe(403);
  expect((await login("theirs")).status).toBe(200);
  await lock(false);
});

test("a socket with a bad token is opened, told why and broken; so is the API's", async () => {
  for (const [token, message] of [
    ["bad", "session not found"],
    ["api", "connection disabled"],
  ] as const) {
    const { heard, closed } = await socketOf(token);
    expect((await heard("system/disconnect")).payload).toEqual({ message });
    expect(await closed).toBe(1006);
  }
});

test("what goes wrong on command: no description, large frames, a break without a word", async () => {
  const { say, heard, told, closed } = await socketOf(await tokenOf("hers"));
  expect((await heard("system/init")).payload).toMatchObject({ screen_size: { width: 1280, height: 720, rate: 30 } });
  neko.faults.wedge = true;
  say("signal/request", { video: {}, audio: {} });
  say("client/heartbeat");
  await heard("system/heartbeat");
  expect(told.map(({ event }) => event)).not.toContain("signal/provide");
  neko.faults.wedge = false;
  say("signal/request", { video: {}, audio: {} });
  expect((await heard("signal/provide")).payload.iceservers).toEqual([{ urls: ["stun:stun.l.google.com:19302"] }]);
  neko.shout("clipboard/updated", 1_000_000);
  expect(String((await heard("clipboard/updated")).payload.text)).toHaveLength(1_000_000);
  neko.cut();
  expect(await closed).toBe(1006);
});

test("without WebRTC the socket's control events move the mouse, and the first makes one the host", async () => {
  const { say, heard, socket } = await socketOf(await tokenOf("hers"));
  const { session_id } = (await heard("system/init")).payload;
  say("control/move", { x: 400, y: 300 });
  expect((await heard("control/host")).payload).toEqual({ id: session_id, has_host: true, host_id: session_id });
  await until("the mouse", () => mouseIsAt(400, 300));
  socket.close();
});

describe("a browser", () => {
  let shown: Browser;
  let page: Page;
  let viewers: Browser;

  beforeAll(async () => {
    shown = await chromium.launch({
      ...{ executablePath: "/usr/bin/chromium", headless: false, timeout: PATIENCE_MS },
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--kiosk", "--window-position=0,0", "--window-size=1280,720"],
      env: { ...process.env, DISPLAY: display },
    });
    page = await (await shown.newContext({ viewport: null })).newPage();
    viewers = await launchChromium(HEARING);
  });
  afterAll(async () => {
    await viewers?.close();
    await shown?.close();
  });

  test.each(["udp", "tcp"])(
    "shows the display by WebRTC over %s, and a click over the data channel reaches the page that is there",
    async (protocol) => {
      await page.setContent(`<body style="background: #f0f" onclick="document.body.style.background = '#0f0'">`);
      const viewer = await (await viewers.newContext()).newPage();
      await viewer.goto(neko.url);
      neko.seen.inputs.length = 0;
      await viewer.evaluate(watch, { token: await tokenOf("hers"), protocol });
      await viewer.waitForFunction(shows, [255, 0, 255]);
      await viewer.evaluate(click, { x: 640, y: 360 });
      await viewer.waitForFunction(shows, [0, 255, 0]);
      expect(neko.seen.inputs.map(({ by, kind }) => `${by} ${kind}`)).toEqual([
        "channel move",
        "channel button",
        "channel button",
      ]);
      const sessions = await (await call("/api/sessions?token=api")).json();
      expect(sessions).toContainEqual(expect.objectContaining({ state: { is_connected: true, is_watching: true } }));
      await viewer.close();
    },
  );
});

const mouseIsAt = (x: number, y: number) =>
  Bun.spawnSync(["xdotool", "getmouselocation"], { env: { ...process.env, DISPLAY: display } })
    .stdout.toString()
    .startsWith(`x:${x} y:${y} `);

/** In the page: a client of its own, as small as can be. */
interface Viewer {
  video: HTMLVideoElement;
  channel: RTCDataChannel;
}

async function watch({ token, protocol }: { token: string; protocol: string }): Promise<void> {
  const socket = new WebSocket(`ws://${location.host}/api/ws?token=${token}`);
  const say = (event: string, payload?: unknown) => socket.send(JSON.stringify({ event, payload }));
  const connection = new RTCPeerConnection();
  const viewer = window as unknown as Viewer;
  viewer.video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  document.body.append(viewer.video);
  connection.ontrack = ({ streams: [stream] }) => {
    if (stream) viewer.video.srcObject = stream;
  };
  const candidates: RTCIceCandidateInit[] = [];
  socket.onmessage = async ({ data }) => {
    const { event, payload } = JSON.parse(data);
    if (event === "system/init") say("signal/request", { video: {}, audio: {} });
    if (event === "signal/candidate" && payload.candidate.includes(` ${protocol} `)) candidates.push(payload);
    if (event !== "signal/provide") return;
    await connection.setRemoteDescription({ type: "offer", sdp: payload.sdp });
    for (const candidate of candidates) await connection.addIceCandidate(candidate);
    const answer = await connection.createAnswer();
    await connection.setLocalDescription(answer);
    say("signal/answer", { sdp: answer.sdp });
    say("control/request");
  };
  viewer.channel = await new Promise((resolve) => {
    connection.ondatachannel = ({ channel }) => {
      channel.onopen = () => resolve(channel);
    };
  });
}

function shows(colour: number[]): boolean {
  const { video } = window as unknown as Viewer;
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  if (video.videoWidth !== 1280 || !context) return false;
  context.drawImage(video, 200, 200, 1, 1, 0, 0, 1, 1);
  const pixel = context.getImageData(0, 0, 1, 1).data;
  // What was compressed isn't the same to the last bit.
  return colour.every((value, i) => Math.abs(value - (pixel[i] ?? 0)) < 12);
}

function click({ x, y }: { x: number; y: number }): void {
  const { channel } = window as unknown as Viewer;
  const move = new DataView(new ArrayBuffer(7));
  move.setUint8(0, 1);
  for (const [at, value] of [4, x, y].entries()) move.setUint16(1 + 2 * at, value);
  channel.send(move.buffer);
  for (const event of [5, 6]) {
    const button = new DataView(new ArrayBuffer(7));
    button.setUint8(0, event);
    button.setUint16(1, 4);
    button.setUint32(3, 1);
    channel.send(button.buffer);
  }
}
