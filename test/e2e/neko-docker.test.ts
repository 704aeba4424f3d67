/** Live video of a seat's browser, on Docker: the product's own container beside the seat, with the stand-in for neko in it, seen from another computer. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, realpathSync } from "node:fs";
import { join as path } from "node:path";
import type { Browser } from "playwright-core";
import { runToEnd } from "../../agent/seats/docker/container/programs.ts";
import { besideName, seatObject } from "../../agent/seats/docker/names.ts";
import { launchChromium } from "../support/browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { canRunDocker, type PrivateDocker } from "../support/dockerd.ts";
import { join } from "../support/learner.ts";
import { how, liveOrTryAgain } from "../support/live-or-try-again.ts";
import { keepPeers, received } from "../support/live-peers.ts";
import { haveNekoImage, NEKO_IMAGE } from "../support/neko/image.ts";
import { type Laptop, openLaptop } from "../support/neko/laptop.ts";
import type { Seen } from "../support/neko/seen.ts";
import { restartFromPane } from "../support/preview-in-a-browser.ts";
import { until } from "../support/until.ts";
import { runningWorkshop, type World } from "../support/world.ts";

/** No page of ours shows them by itself. */
const [MAGENTA, CYAN, YELLOW] = [
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 0],
];
/** No other test's. */
const PORTS = "53100";
/** A checkout's first run makes the image, for which apt fetches what it fetches. */
const FIRST_TIME_MS = 900_000;
const PLAYWRIGHT = path(import.meta.dir, "../../node_modules/playwright-core");

describe.skipIf(!canRunDocker)("live video on docker (needs root, dockerd, iptables)", () => {
  let laptop: Laptop;
  let world: World & { docker: PrivateDocker };
  let machine: string;
  let browser: Browser;
  let desk: Desk;

  beforeAll(async () => {
    laptop = await openLaptop();
    world = await startDockerWorld({
      ...{ CLARATEACH_NEKO_IMAGE: NEKO_IMAGE, CLARATEACH_NEKO_ADDRESS: laptop.address, CLARATEACH_NEKO_PORTS: PORTS },
    });
    await haveNekoImage(world.docker);
    const { id, code } = await runningWorkshop(world, { seats: 1 });
    machine = `clarateach-${id}`;
    const inside = path(world.data, "machines", machine, "seats/01/disk/workspace");
    cpSync(PLAYWRIGHT, path(inside, "playwright-core"), { recursive: true });
    // Whatever Node a seat has, this is one that Playwright takes.
    cpSync(realpathSync(process.execPath), path(inside, "bun"));
    const { base, token } = await join(world, { code, name: "Mira" });
    await laptop.bring(Number(new URL(base).port));
    browser = await launchChromium({ executablePath: laptop.program("/usr/bin/chromium") });
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.addInitScript(keepPeers);
    await page.goto(`${base}/?token=${token}`);
    desk = await openDesk(page);
    await page.getByRole("button", { name: "Got it" }).click();
  }, FIRST_TIME_MS);
  afterAll(async () => {
    await browser?.close();
    await world?.end();
    await laptop?.end();
  });

  test("a page that a script sets in the seat's browser is seen as live video", async () => {
    await desk.page.getByRole("button", { name: "Open the browser" }).click();
    await until("live video", () => liveOrTryAgain(desk.page));
    await drive(desk, "first", MAGENTA, CYAN);
    await until("the page's colour", async () => (await liveOrTryAgain(desk.page)) && shows(desk, "video", MAGENTA));
  });

  test("a click goes back over the data channel", async () => {
    await until("live video", () => liveOrTryAgain(desk.page));
    await desk.page.locator("[data-screen] video").click();
    await until("what the page does", async () => (await liveOrTryAgain(desk.page)) && shows(desk, "video", CYAN));
    const container = besideName(seatObject(machine, 1));
    const at = { docker: world.docker.docker, container, uid: 0 };
    const { stdout } = await runToEnd(at, ["wget", "-qO-", "127.0.0.1:8099/seen/inputs"], { cwd: "/" });
    const inputs: Seen["inputs"] = JSON.parse(stdout);
    expect(inputs.filter(({ kind }) => kind === "button").map(({ by }) => by)).toEqual(["channel", "channel"]);
  });

  test("what the page plays is heard, once the learner turns the sound on", async () => {
    expect((await received(desk.page)).audio.bytes).toBe(0);
    await desk.page.getByRole("button", { name: "Turn the sound on" }).click();
    await until("the page's tone", async () => (await received(desk.page)).audio.energy > 0.01);
  });

  test("the profile is the learner's own, in her home", async () => {
    await typeLine(desk.page, "clear; ls ~/.config/clarateach-browser/Default | grep -c ^Preferences$");
    await until("her profile", async () => /^1$/m.test(await screenText(desk.page)));
  });

  test("where the line lets no UDP through any more, the next try comes by TCP", async () => {
    await laptop.cut("udp");
    let first: number | undefined;
    await until("live video by TCP", async () => {
      const { by, frames } = await received(desk.page);
      if (!(await liveOrTryAgain(desk.page)) || by !== "tcp") first = undefined;
      else first ??= frames;
      return first !== undefined && frames > first + 20;
    });
  });

  test("where the line lets no media through any more, pictures come by the web connection", async () => {
    await until("live video", () => liveOrTryAgain(desk.page));
    await laptop.cut("all");
    const since = performance.now();
    await until("pictures", () => shows(desk, "canvas", CYAN));
    console.log(`    pictures ${((performance.now() - since) / 1000).toFixed(1)} s after all media was cut`);
    await until("the line to say so", async () =>
      (await how(desk.page)).startsWith("Pictures over the web connection: the video stopped"),
    );
    await drive(desk, "second", YELLOW, MAGENTA);
    await until("the page's new colour", () => shows(desk, "canvas", YELLOW));
    await desk.page.locator("[data-screen] canvas").click();
    await until("what the page does", () => shows(desk, "canvas", MAGENTA));
  });

  test("the learner restarts the browser in its container, and the screen goes on", async () => {
    await restartFromPane(desk);
    await until("another page", async () => !(await shows(desk, "canvas", MAGENTA)));
    expect(await desk.page.locator("[data-screen] [data-shown] canvas").isVisible()).toBe(true);
  });
});

/** From the first press on. */
const TONE = "const c=new AudioContext();const o=c.createOscillator();o.connect(c.destination);o.start();";

/** By Playwright in the seat, as a lesson has it. @param word that no other call says @param pressed the colour where one presses */
async function drive({ page }: Desk, word: string, colour: number[], pressed: number[]): Promise<void> {
  const body = `<body style="background:rgb(${colour})" onmousedown="document.body.style.background='rgb(${pressed})';${TONE}">`;
  const script = `import { chromium } from './playwright-core/index.mjs';
const browser = await chromium.connectOverCDP(process.env.CLARATEACH_CDP_URL);
await browser.contexts()[0].pages()[0].setContent(\`${body}\`);
console.log('driven:' + '${word}');
process.exit();`;
  await typeLine(page, `cat > drive.mjs <<'END'\n${script}\nEND\nclear; ./bun drive.mjs`);
  await until("the script's word", async () => (await screenText(page)).includes(`driven:${word}`));
}

/** Whether most of what one looks at has this colour, as near as video has it. */
function shows({ page }: Desk, what: "video" | "canvas", colour: number[]): Promise<boolean> {
  return page.evaluate(
    ({ what, colour }) => {
      const shown = document.querySelector<HTMLVideoElement & HTMLCanvasElement>(`[data-screen] [data-shown] ${what}`);
      const context = new OffscreenCanvas(16, 9).getContext("2d");
      if (!shown || !context || (shown.videoWidth ?? shown.width) === 0) return false;
      context.drawImage(shown, 0, 0, 16, 9);
      const { data } = context.getImageData(0, 0, 16, 9);
      const isNear = (at: number) => colour.every((value, i) => Math.abs(value - (data[4 * at + i] ?? 0)) < 16);
      return Array.from({ length: 16 * 9 }, (_, at) => at).filter(isNear).length > 16 * 5;
    },
    { what, colour },
  );
}
