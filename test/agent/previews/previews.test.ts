import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CLOSE } from "../../../agent/contract/close.ts";
import { openPreviews, type Previews } from "../../../agent/previews/previews.ts";
import { clearScreen } from "../../../agent/previews/screen.ts";
import { fillStartPage } from "../../../agent/previews/start-page.ts";
import { findProcesses, signal } from "../../../agent/seats/process/processes.ts";
import type { SeatHandle } from "../../../agent/seats/seat.ts";
import { openProcessSeats, type ProcessSeats } from "../../support/process-seats.ts";
import { RfbViewer } from "../../support/rfb.ts";
import { PATIENCE_MS, until } from "../../support/until.ts";

const path = process.env.PATH;
const troubles: unknown[] = [];
let seats: ProcessSeats;
let seat: SeatHandle;

beforeAll(async () => {
  seats = await openProcessSeats([1, 2]);
  seat = await seats.seat(1);
  await seats.seat(2);
});
afterAll(async () => {
  await seats.end();
  expect(troubles).toEqual([]);
});

const opened: Previews[] = [];
const open = (options: Parameters<typeof openPreviews>[0] = {}) => {
  const previews = openPreviews({ path, onTrouble, ...options });
  opened.push(previews);
  return previews;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((previews) => previews.close()));
});

const onTrouble = (error: unknown) => void troubles.push(error);
const programs = async () => (await findProcesses(seats.machine)).filter((one) => one.program);
const named = async (name: RegExp) => (await programs()).filter((one) => name.test(one.name));
const cdp = (of = seat) => `http://127.0.0.1:${of.cdpPort}`;
/** A script of the seat: it waits as long as all tests do, not Playwright's 30 s. */
async function connect(): Promise<Browser> {
  const browser = await chromium.connectOverCDP(cdp(), { timeout: PATIENCE_MS });
  for (const context of browser.contexts()) context.setDefaultTimeout(PATIENCE_MS);
  return browser;
}
const page = (colour: string) => `data:text/html,<body style="margin:0;background:${colour}">`;

const displayOf = (of: SeatHandle) => readFileSync(join(of.run.outside, "display"), "latin1").trim();
/** Its socket is there and no X server has it. Of another display nobody knows here: other tests' servers come and go on this machine. */
const isDead = (display: string) =>
  existsSync(`/tmp/.X11-unix/X${display}`) && !readFileSync("/proc/net/unix", "latin1").includes(` /tmp/.X11-unix/X${display}\n`);
const nothingIsLeft = () => until("nothing to be left", async () => (await programs()).length === 0);

test("a script drives the browser at CLARATEACH_CDP_URL and the viewer sees it; when both left it ends, and nothing is left", async () => {
  const previews = open({ idleMs: 200 });
  expect(previews.feature()).toEqual({ available: true });
  previews.openSeat(seat);
  previews.openSeat(seat);
  expect(await programs()).toEqual([]);
  // The first connection starts it; Playwright makes two, one after the other, and between them nobody else would hold it.
  const holding = connectTcp(seat.cdpPort, "127.0.0.1");
  const browser = await connect();
  const tab = browser.contexts()[0]?.pages()[0] ?? (await browser.newPage());
  expect(await tab.textContent("h1")).toBe("This is your browser");
  // Nothing odd stands in the address bar.
  expect(tab.url()).toBe("about:blank");
  await tab.goto(page("rgb(10,200,30)"));

  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  expect([viewer.width, viewer.height, viewer.name]).toEqual([1280, 800, "Preview"]);
  await until("the page's colour", async () => (await viewer.colour(640, 500)) === "#0ac81e");
  // The window fills the screen: the page reaches its last corner.
  expect(await viewer.colour(1279, 799)).toBe("#0ac81e");
  // And follows it, smaller and larger.
  for (const [width, height] of [
    [700, 420],
    [1600, 900],
  ] as const) {
    viewer.resize(width, height);
    await until("the new size", async () => (await viewer.picture()) && viewer.width === width && viewer.height === height);
    await until("the page to fill it", async () => (await viewer.colour(width - 1, height - 1)) === "#0ac81e");
    await until(
      "the window to fill it",
      async () => `${await tab.evaluate(() => [outerWidth, outerHeight])}` === `${width},${height}`,
    );
  }
  await tab.goto(page("rgb(250,20,90)"));
  await until("the next colour", async () => (await viewer.colour(640, 500)) === "#fa145a");

  await tab.setContent("<textarea autofocus style='position:fixed;inset:0'></textarea>");
  viewer.click(640, 500);
  viewer.type("typed by hand");
  await until("what was typed", async () => (await tab.inputValue("textarea")) === "typed by hand");

  await browser.close();
  holding.destroy();
  viewer.close();
  await until("it to end when idle", async () => (await programs()).length === 0);
  // It comes back, with the profile it had.
  const again = await (await fetch(`${cdp()}/json/version`)).json();
  expect(again).toMatchObject({
    webSocketDebuggerUrl: expect.stringContaining(`ws://127.0.0.1:${seat.cdpPort}/devtools/browser/`),
  });
  await previews.closeSeat(seat.seat);
  // What the browser started for its crashes sees by itself that it is gone.
  await nothingIsLeft();
  expect(readdirSync(seat.run.outside).filter((name) => !name.startsWith("tmux") && name !== "tmp")).toEqual([]);
  expect(
    await fetch(cdp()).then(
      () => "answered",
      () => "refused",
    ),
  ).toBe("refused");
});

test("the first picture that a viewer sees is the browser's, and viewers that come and go at once are no trouble", async () => {
  const previews = open();
  const hasty = () => Array.from({ length: 30 }, () => new RfbViewer((peer) => previews.view(seat, peer)));
  const early = hasty();
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  for (const one of early) one.close();
  await viewer.connect();
  // Below the address bar: the start page's words.
  const picture = await viewer.picture();
  const page = picture.subarray(200 * viewer.width * 4);
  expect(new Set(new Uint32Array(page.buffer.slice(page.byteOffset, page.byteOffset + page.byteLength))).size).toBeGreaterThan(2);
  for (const one of hasty()) one.close();
  const display = displayOf(seat);
  const crowd = hasty();
  for (const one of await named(/^Xtigervnc/)) signal(one.pid, "SIGKILL");
  const late = hasty();
  for (const one of [...crowd, ...late]) one.close();
  await until("the viewer to be told", () => viewer.closed);
  await previews.close();
  expect(isDead(display)).toBe(false);
  expect(troubles).toEqual([]);
});

test("a browser is restarted on the same screen with the same profile, also one that hangs: one at a time", async () => {
  const previews = open();
  await expect(previews.restart(seat)).rejects.toMatchObject({ code: "NOT_RUNNING" });
  const lesson = createHttp((_, answer) => answer.setHeader("content-type", "text/html").end("lesson"));
  await new Promise<void>((resolve) => lesson.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(lesson.address() as AddressInfo).port}/`;
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  const before = await connect();
  const tab = before.contexts()[0]?.pages()[0];
  await tab?.goto(address);
  await tab?.evaluate("localStorage.kept = 'yes'");
  const first = (await named(/^chromium/)).map(({ pid }) => pid);

  const restarting = previews.restart(seat);
  await expect(previews.restart(seat)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  expect(await (await restarting).json()).toEqual({ restarted: true });
  const after = await connect();
  const [page] = after.contexts()[0]?.pages() ?? [];
  expect([page?.url(), after.contexts()[0]?.pages().length]).toEqual(["about:blank", 1]);
  await page?.goto(address);
  expect(await page?.evaluate("localStorage.kept")).toBe("yes");
  const second = (await named(/^chromium/)).map(({ pid }) => pid);
  expect(second.filter((pid) => first.includes(pid))).toEqual([]);
  expect(viewer.closed).toBeUndefined();
  lesson.close();

  // Whatever it stands still for.
  for (const pid of second) signal(pid, "SIGSTOP");
  await until("the next restart", () =>
    previews.restart(seat).then(
      () => true,
      (error) => expect(error).toMatchObject({ code: "RATE_LIMITED" }),
    ),
  );
  await connect();
  expect((await named(/^chromium/)).filter(({ pid }) => second.includes(pid))).toEqual([]);
  expect(viewer.closed).toBeUndefined();
});

test("a browser that dies while somebody watches is started again on the same screen; a screen that dies closes its viewers", async () => {
  const previews = open();
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  const first = await (await fetch(`${cdp()}/json/version`)).json();
  for (const one of await named(/^chromium/)) signal(one.pid, "SIGKILL");
  await until("a new browser", async () => {
    const answer = await fetch(`${cdp()}/json/version`).then(
      (found) => found.json(),
      () => undefined,
    );
    return answer && JSON.stringify(answer) !== JSON.stringify(first);
  });
  expect(viewer.closed).toBeUndefined();
  const display = displayOf(seat);
  for (const one of await named(/^Xtigervnc/)) signal(one.pid, "SIGKILL");
  expect((await until("the viewer to be told", () => viewer.closed)).code).toBe(CLOSE.RESTART);
  // Its socket may be heard of before its end, and its browser may just be starting: who comes that early comes again, as a page does.
  await until("a viewer of the next screen", async () => {
    const next = new RfbViewer((peer) => previews.view(seat, peer));
    return next.connect().then(
      () => true,
      () => expect<number[]>([CLOSE.RESTART, CLOSE.NOT_READY]).toContain(next.closed?.code ?? 0),
    );
  });
  // Closing in the middle of a start waits for nobody.
  await previews.close();
  await nothingIsLeft();
  expect(isDead(display)).toBe(false);
});

test("two seats have two screens, and one's cookie doesn't open the other's", async () => {
  const other = seats.manager.seat(2);
  if (!other) throw new Error("seat 2 is gone");
  const previews = open();
  const viewers = [seat, other].map((of) => new RfbViewer((peer) => previews.view(of, peer)));
  await Promise.all(viewers.map((viewer) => viewer.connect()));
  const numbers = [seat, other].map(displayOf);
  expect(numbers[0]).not.toBe(numbers[1]);
  const look = (of: SeatHandle, cookie: string) => {
    const env = { PATH: path ?? "", DISPLAY: `:${numbers[of.seat - 1]}`, XAUTHORITY: cookie };
    return Bun.spawnSync(["vncconfig", "-get", "desktop"], { env, stderr: "ignore" }).stdout.toString().trim();
  };
  expect(look(seat, join(seat.run.outside, "Xauthority"))).toBe("Preview");
  expect(look(seat, join(other.run.outside, "Xauthority"))).toBe("");
  expect(look(seat, "/dev/null")).toBe("");
  await previews.close();
});

test("the clipboard goes both ways", async () => {
  const previews = open();
  previews.openSeat(seat);
  const browser = await connect();
  const tab = browser.contexts()[0]?.pages()[0] ?? (await browser.newPage());
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  await tab.goto("data:text/html,<textarea autofocus style='position:fixed;inset:0'>from the seat</textarea>");
  await until("the page to be on screen", async () => (await viewer.colour(640, 500)) === "#ffffff");
  viewer.click(640, 500);
  await until("the seat's text to arrive", async () => {
    // The click takes another way than these keys: where it is the slower one, it takes the selection back.
    await tab.keyboard.press("Control+A");
    await tab.keyboard.press("Control+C");
    await viewer.picture();
    return viewer.cutText === "from the seat";
  });
  viewer.copy("from the learner");
  await until("the learner's text to be pasted", async () => {
    await tab.fill("textarea", "");
    await tab.keyboard.press("Control+V");
    return (await tab.inputValue("textarea")) === "from the learner";
  });
  await browser.close();
  viewer.close();
  await previews.close();
});

test("a taken port is told in words, costs the scripts only, and is tried again", async () => {
  const squatter = createServer().listen(seat.cdpPort, "127.0.0.1");
  await until("the squatter", () => squatter.listening);
  const told: unknown[] = [];
  const previews = open({ onTrouble: (error) => told.push(error) });
  previews.openSeat(seat);
  expect(String(told[0])).toContain(`Port ${seat.cdpPort}`);
  await new Promise((resolve) => squatter.close(resolve));
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  await viewer.connect();
  expect((await fetch(`${cdp()}/json/version`)).status).toBe(200);
  await previews.close();
});

test("a deep directory where the screen's files go is put aside, not emptied", async () => {
  const { outside } = seat.run;
  const levels = 1000;
  const dig = `cd "$0" && mkdir display && cd display && i=0; while [ $i -lt ${levels} ]; do mkdir d && cd -P d || exit 1; i=$((i+1)); done`;
  expect(Bun.spawnSync(["sh", "-c", dig, outside]).exitCode).toBe(0);
  await clearScreen(seat);
  const [aside = ""] = readdirSync(outside).filter((name) => name.startsWith("display"));
  expect(aside).toMatch(/^display-[0-9a-f]{8}$/);
  expect(readdirSync(join(outside, aside))).toEqual(["d"]);
  Bun.spawnSync(["rm", "-rf", join(outside, aside)]);
});

test("a program that answers for the browser without end is hung up on", async () => {
  const learners = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n["),
      drain: (socket) => flood(socket),
      open: (socket) => void setTimeout(() => flood(socket), 50),
    },
  });
  let sent = 0;
  function flood(socket: Bun.Socket): void {
    for (let taken = 1; taken > 0; sent += Math.max(0, taken)) taken = socket.write(" ".repeat(65_536));
  }
  await fillStartPage(seat, learners.port, AbortSignal.timeout(PATIENCE_MS)).catch(() => {});
  learners.stop(true);
  expect(sent).toBeLessThan(16 * 1024 * 1024);
});

test("without the programs a preview says what to install, and looks again", async () => {
  const bin = mkdtempSync(join(tmpdir(), "ct-bin-"));
  const previews = open({ path: bin });
  expect(previews.feature()).toEqual({
    available: false,
    reason: "Chromium, Xtigervnc, and matchbox-window-manager aren't installed on this machine.",
    fix: "sudo apt install chromium tigervnc-standalone-server matchbox-window-manager",
  });
  const viewer = new RfbViewer((peer) => previews.view(seat, peer));
  const { code, reason } = await until("the viewer to be told", () => viewer.closed);
  expect([code, reason]).toEqual([4409, expect.stringContaining("sudo apt install")]);
  const answer = await fetch(cdp());
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("sudo apt install")]);
  for (const name of ["chromium", "Xtigervnc", "matchbox-window-manager"])
    writeFileSync(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
  expect(previews.feature()).toEqual({ available: true });
  await previews.close();
  rmSync(bin, { recursive: true });
  expect(existsSync(join(seat.run.outside, "vnc.sock"))).toBe(false);
});
