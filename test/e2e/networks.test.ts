/** A class by its public name, seen from networks as companies and schools have them: a real browser inside each, and everything by port 443. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type Desk, openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { type Habits, type LearnerNetwork, openLearnerNetwork } from "../support/networks/learner-network.ts";
import { canHaveNetworks } from "../support/networks/network.ts";
import { coloursOf } from "../support/preview-in-a-browser.ts";
import { DOMAIN } from "../support/public-door.ts";
import { type PublicWorld, startPublicWorld } from "../support/public-world.ts";
import { until } from "../support/until.ts";

/** Of these networks. */
const FAST = "where no UDP passes";
const NETWORKS: Record<string, Habits & { called: string }> = {
  quiet: { called: FAST, without: "udp" },
  slow: { called: "of 2 Mbit/s and 150 ms", rate: "2mbit", roundTripMs: 150 },
  lossy: { called: "that loses 2 % of all packets", loss: 0.02 },
  narrow: { called: "whose only way out is a proxy that lets CONNECT through to port 443", proxy: "connect" },
  holding: { called: "with a proxy that opens TLS and holds answers back", proxy: "holding" },
};
/** As most boxes do that forget silent connections. */
const IDLE_MS = 60_000;
/** Sure to be more. */
const BEYOND_MS = 5000;
/** Of loopback, and no other test's. */
const ADDRESS = "127.77.0.11";
/** Nothing in it can be packed well, and all of it changes. */
const NOISE = `<canvas width="400" height="240" style="position:fixed;inset:0;width:60vw;height:60vh"></canvas><script>
const pen = document.querySelector("canvas").getContext("2d");
const picture = pen.createImageData(400, 240);
setInterval(() => {
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
  pen.putImageData(picture, 0, 0);
}, 250);
</script>`;
/** Enough to tell their size by. */
const COUNTED = 8;
/** No page of ours shows them by itself. */
const [BEFORE, AFTER] = ["255,0,255", "0,255,255"];

describe.skipIf(!canHaveNetworks)("learners' networks (needs root, ip, tc, iptables)", () => {
  let world: PublicWorld;
  let workshop: { code: string };
  let mira: Seated;
  /** Whose page nobody touches while the others work, and by which connections it lives. */
  let idle: { network: LearnerNetwork; desk: Desk; lost: string[]; since: number };

  const openNetwork = (habits: Habits) => openLearnerNetwork({ address: ADDRESS, root: world.pebble.root }, habits);

  beforeAll(async () => {
    world = await startPublicWorld({ address: ADDRESS });
    workshop = await world.workshop(2);
    const network = await openNetwork({ idleMs: IDLE_MS });
    const jonas = await world.join(workshop.code);
    const page = await network.browser.newPage();
    const lost = socketsLost(page);
    const desk = await comeBack(page, { ...workshop, ...jonas });
    await openScreen(desk);
    idle = { network, desk, lost, since: performance.now() };
    mira = { ...workshop, ...(await world.join(workshop.code)) };
  });
  afterAll(async () => {
    await idle?.network.end();
    await world?.end();
  });

  for (const [word, { called, ...habits }] of Object.entries(NETWORKS))
    describe(`a network ${called}`, () => {
      let network: LearnerNetwork;
      let desk: Desk;
      let pictures: () => Pictures;

      beforeAll(async () => {
        network = await openNetwork(habits);
      });
      afterAll(() => network?.end());

      test("she comes back to her seat, and its shell answers", async () => {
        const page = await network.browser.newPage();
        pictures = countPictures(page);
        desk = await comeBack(page, mira);
        await shellAnswers(desk, word);
        if (habits.proxy === "connect")
          expect(network.said().join("\n")).toMatch(/CONNECT ws-\w+\.class\.test:443 HTTP\/1.1 200/);
      });

      test("she edits a file and saves it", async () => {
        await typeLine(desk.page, "clear; echo 'print(1)' > app.py");
        await desk.open("app.py");
        await desk.page.locator(".monaco-editor .view-line").first().click();
        await desk.page.keyboard.press("Control+End");
        await desk.page.keyboard.type("print('from here')");
        await desk.page.keyboard.press("Control+s");
        await desk.page.locator("[data-saved]", { hasText: /^\s*Saved/ }).waitFor();
        await typeLine(desk.page, "clear; cat app.py; rm app.py");
        await until("the saved text", async () => (await screenText(desk.page)).includes("print('from here')"));
      });

      test("she sees her browser, and it hears her", async () => {
        await openScreen(desk);
        await screenAnswers(desk);
      });

      if (habits.proxy === "holding")
        test("her instructor's page, whose news are held there, asks for them by itself", () => newsArrive(world, network));

      if (called === FAST)
        test("on a line that gets narrow the picture's quality falls, and rises when it is good again", () =>
          qualityFollows(network, desk, pictures));
    });

  describe("a network that cuts connections after a minute's silence", () => {
    test("a page that nobody touched for longer has lost none", async () => {
      await until("more than a minute", () => performance.now() > idle.since + IDLE_MS + BEYOND_MS);
      expect(idle.lost).toEqual([]);
    });

    test("its shell and its screen answer as before", async () => {
      await shellAnswers(idle.desk, "idle");
      await screenAnswers(idle.desk);
      expect(idle.lost).toEqual([]);
    });
  });
});

interface Seated {
  code: string;
  odehash: string;
}

/** By the page, as she types it. */
async function comeBack(page: Page, { code, odehash }: Seated): Promise<Desk> {
  await page.goto(`https://${DOMAIN}/join?reconnect`);
  await page.getByLabel("Workshop code").fill(code);
  await page.getByLabel("Your reconnect code").fill(odehash);
  await page.getByRole("button", { name: "Back to my seat" }).click();
  return openDesk(page);
}

/** @param word that no other network's test says */
async function shellAnswers({ page }: Desk, word: string): Promise<void> {
  await typeLine(page, `clear; echo ${word}-$((6*7))`);
  await until("the shell's answer", async () => (await screenText(page)).includes(`${word}-42`));
}

/** Of a class that nobody started: to end it takes a moment. */
async function newsArrive({ ask, output }: PublicWorld, { browser }: LearnerNetwork): Promise<void> {
  const post = async (path: string, json?: object) => (await ask(DOMAIN, path, { method: "POST", json })).json();
  const wish = { name: "Behind a proxy", seats: 1, apiKey: "sk-ant-test-0123456789-0123456789-0123456789" };
  const { workshopId } = await post("/api/workshops", wish);
  const page = await browser.newPage();
  await page.goto(/https:\S+\/sign-in#\S+/.exec(output())?.[0] ?? "");
  await page.getByRole("heading", { name: "Workshops" }).waitFor();
  await page.goto(`https://${DOMAIN}/workshops/${workshopId}`);
  await page.getByRole("button", { name: "Start workshop" }).waitFor();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await post(`/api/workshops/${workshopId}/stop`);
  await page.getByText("Nothing is left running").waitFor();
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  await page.close();
}

async function openScreen(desk: Desk): Promise<void> {
  await desk.page.getByRole("button", { name: "Open the browser" }).click();
  await desk.page.locator("[data-screen] canvas").waitFor();
  await until("a picture", async () => (await coloursOf(desk)).size > 8);
}

/** A learner's own browser, driven as a script in her shell would. */
async function seatBrowser({ page }: Desk): Promise<Browser> {
  await typeLine(page, "clear; echo $CLARATEACH_CDP_URL-");
  const address = () => screenText(page).then((text) => /^(http:\S+)-$/m.exec(text)?.[1]);
  return chromium.connectOverCDP(await until("where her browser is driven", address));
}

/** The page in the seat's browser changes, that is seen; she presses in it, and what it does then is seen, too. */
async function screenAnswers(desk: Desk): Promise<void> {
  const seat = await seatBrowser(desk);
  const page = seat.contexts()[0]?.pages()[0];
  await page?.setContent(`<body style="background:rgb(${BEFORE})" onmousedown="document.body.style.background='rgb(${AFTER})'">`);
  await until("the page's colour", async () => (await coloursOf(desk)).has(BEFORE));
  await desk.page.locator("[data-screen] canvas").click();
  await until("what the page does", async () => (await coloursOf(desk)).has(AFTER));
  await page?.goto("about:blank");
  await seat.close();
}

/** What becomes of a page's sockets, from now on: those that somebody closed. */
function socketsLost(page: Page): string[] {
  const lost: string[] = [];
  page.on("websocket", (socket) => socket.on("close", () => void lost.push(socket.url())));
  return lost;
}

/** The quality by which the pane asks for pictures: 0 is the best. */
async function levelOf({ page }: Desk): Promise<number> {
  return Number((await page.locator("[data-viewer=vnc]").getAttribute("data-quality")) ?? 0);
}

async function qualityFollows(network: LearnerNetwork, desk: Desk, pictures: () => Pictures): Promise<void> {
  const seat = await seatBrowser(desk);
  await seat.contexts()[0]?.pages()[0]?.setContent(NOISE);
  await network.pace("2mbit");
  let lowest = await until("a lower quality", async () => (await levelOf(desk)) || undefined);
  const small = await bytesOf(pictures);
  await network.pace(undefined);
  await until("a better one", async () => {
    const level = await levelOf(desk);
    lowest = Math.max(lowest, level);
    return level < lowest;
  });
  expect(await bytesOf(pictures)).toBeGreaterThan(small);
  await seat.close();
}

interface Pictures {
  count: number;
  bytes: number;
}

/** How RFB asks for what changed. */
const ASKS = Buffer.from([3, 1, 0, 0, 0, 0]);

/** Of the screen, from now on: one for each time that the page asks for the next. */
function countPictures(page: Page): () => Pictures {
  const seen = { count: 0, bytes: 0 };
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/vnc")) return;
    socket.on("framesent", ({ payload }) => {
      if (Buffer.from(payload).includes(ASKS)) seen.count++;
    });
    socket.on("framereceived", ({ payload }) => {
      seen.bytes += payload.length;
    });
  });
  return () => ({ ...seen });
}

/** Of one of the pictures that come from now on. */
async function bytesOf(pictures: () => Pictures): Promise<number> {
  const before = pictures();
  await until("some pictures", () => pictures().count >= before.count + COUNTED);
  const after = pictures();
  return (after.bytes - before.bytes) / (after.count - before.count);
}
