/** A class by its public name, seen from networks as companies and schools have them: a real browser inside each, and everything by port 443. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { comeBack, type Desk, screenText, seatBrowser, typeLine } from "../support/desk-page.ts";
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
/** Of loopback, and no other run's: its port 443 is one that nobody has. */
const ADDRESS = `127.77.${[1, 2].map(() => 1 + Math.floor(Math.random() * 250)).join(".")}`;
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
  let idleNetwork: LearnerNetwork | undefined;
  /** Whose page nobody touches while the others work, and by which connections it lives. */
  let idle: { desk: Desk; lost: string[]; since: number };

  const openNetwork = (habits: Habits) => openLearnerNetwork({ address: ADDRESS, root: world.pebble.root }, habits);

  beforeAll(async () => {
    world = await startPublicWorld({ address: ADDRESS });
    workshop = await world.workshop(2);
    idleNetwork = await openNetwork({ idleMs: IDLE_MS });
    const jonas = await world.join(workshop.code);
    const page = await idleNetwork.browser.newPage();
    const lost = socketsLost(page);
    const desk = await comeBack(page, `https://${DOMAIN}`, { ...workshop, ...jonas });
    await openScreen(desk);
    idle = { desk, lost, since: performance.now() };
    mira = { ...workshop, ...(await world.join(workshop.code)) };
  });
  afterAll(async () => {
    await idleNetwork?.end();
    await world?.end();
  });

  for (const [word, { called, ...habits }] of Object.entries(NETWORKS))
    describe(`a network ${called}`, () => {
      let network: LearnerNetwork;
      let desk: Desk;
      let pictures: () => Pictures;

      beforeAll(async () => {
        network = await openNetwork(habits);
        const page = await network.browser.newPage();
        pictures = countPictures(page);
        desk = await comeBack(page, `https://${DOMAIN}`, mira);
      });
      afterAll(() => network?.end());

      test("she is back at her seat, and its shell answers", async () => {
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
  const closed = desk.page.getByRole("button", { name: "Open the browser" });
  const screen = desk.page.locator("[data-screen] canvas");
  await closed.or(screen).first().waitFor();
  // It opens by itself where a program drives the browser.
  if (await closed.isVisible()) await closed.click();
  await screen.waitFor();
  await until("a picture", async () => (await coloursOf(desk)).size > 8);
}

/** What a script in her shell would do with her browser's page; it hangs up in any case. */
async function inSeatBrowser(desk: Desk, work: (page: Page) => Promise<void>): Promise<void> {
  const browser = await seatBrowser(desk);
  const [first] = browser.contexts()[0]?.pages() ?? [];
  try {
    await work(first ?? (await browser.newPage()));
  } finally {
    await browser.close();
  }
}

/** The page in the seat's browser changes, that is seen; she presses in it, and what it does then is seen, too. */
const screenAnswers = (desk: Desk) =>
  inSeatBrowser(desk, async (page) => {
    await page.setContent(
      `<body style="background:rgb(${BEFORE})" onmousedown="document.body.style.background='rgb(${AFTER})'">`,
    );
    await until("the page's colour", async () => (await coloursOf(desk)).has(BEFORE));
    await desk.page.locator("[data-screen] canvas").click();
    await until("what the page does", async () => (await coloursOf(desk)).has(AFTER));
    await page.goto("about:blank");
  });

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

const qualityFollows = (network: LearnerNetwork, desk: Desk, pictures: () => Pictures) =>
  inSeatBrowser(desk, async (page) => {
    await openScreen(desk);
    await page.setContent(NOISE);
    const before = await levelOf(desk);
    await network.pace("2mbit");
    await until("a lower quality", async () => (await levelOf(desk)) > before);
    await network.pace(undefined);
    const low = await until("a quality that stands still", () => atOneLevel(desk, pictures));
    const high = await until("a better one that stands still", async () => {
      const seen = await atOneLevel(desk, pictures);
      return seen && seen.level < low.level ? seen : undefined;
    });
    expect(high.bytes).toBeGreaterThan(low.bytes);
  });

/** What some pictures have in common, and how large each is; nothing when the quality changed between them. */
async function atOneLevel(desk: Desk, pictures: () => Pictures): Promise<{ level: number; bytes: number } | undefined> {
  const level = await levelOf(desk);
  const bytes = await bytesOf(pictures);
  return (await levelOf(desk)) === level ? { level, bytes } : undefined;
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
