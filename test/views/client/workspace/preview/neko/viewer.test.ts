import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { CLIPBOARD_LIMIT } from "../../../../../../agent/contract/clipboard.ts";
import { FRAME_LIMIT } from "../../../../../../agent/contract/frames.ts";
import { say } from "../../../../../../views/client/workspace/preview/neko/signalling.ts";
import { how, liveOrTryAgain } from "../../../../../support/live-or-try-again.ts";
import { keepPeers, received } from "../../../../../support/live-peers.ts";
import { type LiveScreen, openLiveScreen } from "../../../../../support/live-screen.ts";
import { until } from "../../../../../support/until.ts";
import { type Browsing, browse, PHONE, toasted, toasts } from "../../../browse.ts";

let world: Browsing;
let live: LiveScreen;
beforeAll(async () => {
  [world, live] = await Promise.all([browse({ available: true, viewers: ["neko", "vnc"] }), openLiveScreen()]);
  Object.assign(world.desk, { screen: live.vnc, neko: live.line });
});
afterAll(async () => {
  await world?.end();
  await live?.end();
});
afterEach(() => {
  Object.assign(live.neko.faults, { wedge: false, mute: false });
  world.desk.neko = live.line;
  expect(world.errors()).toEqual([]);
});

const NO_VIDEO = "Pictures over the web connection: this network lets no video through.";

const says = (page: Page, words: string) => until(`“${words}”`, async () => (await how(page)) === words);
const saysLive = (page: Page) => until("live video", () => liveOrTryAgain(page));

async function opened(options?: Parameters<Browsing["visit"]>[0]): Promise<Page> {
  const page = await world.visit(options);
  if (options === PHONE) await page.getByRole("tab", { name: "Preview" }).click();
  else await page.getByRole("button", { name: "Open the browser" }).click();
  return page;
}

/** The colour of what is looked at, where no pointer is, each part full or none. */
const colour = (page: Page) =>
  page.evaluate(() => {
    const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("[data-shown] :is(video, canvas)");
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    if (!shown || !context) return "";
    const [w, h] = shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : [shown.width, shown.height];
    if (w === 0) return "";
    context.drawImage(shown, w * 0.7, h * 0.3, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => Math.round(part / 255)).join("");
  });
const typed = () => live.page.locator("input").inputValue();

const MAGENTA = "101";
const GREEN = "010";

const PRESSED = "document.body.style.background = '#0f0'; document.querySelector('input').focus()";
const write = `<body style="margin: 0; background: #f0f" onclick="${PRESSED}">
  <input autofocus style="position: fixed; top: 20px; left: 20px">`;

/** That came to neko. */
const lines = () => live.neko.seen.requests.filter(({ url }) => new URL(url).pathname === "/api/ws").length;

test("live video comes by WebRTC; a click in it and what is typed reach the seat's page by the data channel, and wheels turn", async () => {
  await live.page.setContent(write);
  const page = await opened();
  await saysLive(page);
  await until("the seat's page", async () => (await colour(page)) === MAGENTA);
  await page.locator("[data-screen] video").click();
  await until("the click in the picture", async () => (await colour(page)) === GREEN);
  await page.keyboard.type("Grüße aus 7 @ home");
  await until("what was typed", async () => (await typed()) === "Grüße aus 7 @ home");
  await page.mouse.wheel(0, 200);
  const inputs = live.neko.seen.inputs;
  await until("the wheel", () => inputs.some(({ kind, by }) => by === "channel" && kind === "scroll"));
  expect(inputs.filter(({ by, kind }) => by === "channel" && kind === "key").length).toBeGreaterThan(30);
  expect(await page.locator("[data-screen] canvas").count()).toBe(0);
});

test("video that stops in the middle is replaced by pictures by itself, in which the same browser goes on, and so does who types; chosen again, it comes back", async () => {
  await live.page.setContent(write);
  const page = await opened();
  await saysLive(page);
  await page.locator("[data-screen] video").click();
  await until("the click in the picture", async () => (await colour(page)) === GREEN);
  const from = performance.now();
  live.neko.faults.mute = true;
  await page.locator('[data-viewer="vnc"][data-shown] canvas').waitFor();
  console.log(`pictures ${Math.round(performance.now() - from)} ms after the video stopped`);
  await page.keyboard.type("on");
  await until("what was typed", async () => (await typed()) === "on");
  await says(page, "Pictures over the web connection: the video stopped coming through this network.");
  expect(await page.locator("[data-screen] video").count()).toBe(0);
  live.neko.faults.mute = false;
  await page.getByRole("button", { name: "How the browser is shown" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await saysLive(page);
  await until("the seat's page", async () => (await colour(page)) === GREEN);
});

test("a network that lets no video through is noticed, and another network is tried", async () => {
  await live.page.setContent(write);
  live.neko.faults.mute = true;
  const page = await opened();
  const from = performance.now();
  await says(page, NO_VIDEO);
  console.log(`given up after ${Math.round(performance.now() - from)} ms`);
  await until("the seat's page", async () => (await colour(page)) === MAGENTA);
  live.neko.faults.mute = false;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await saysLive(page);
});

test("a socket that breaks costs no picture for longer than it takes to come back, and the new one has the controls", async () => {
  await live.page.setContent(write);
  const page = await opened();
  await saysLive(page);
  live.neko.cut();
  const requests = () => live.neko.seen.events.filter(({ event }) => event === "signal/request").length;
  const before = requests();
  await until("another request", () => requests() > before);
  await live.page.evaluate("document.body.style.background = '#0f0'");
  await until("a picture of now", async () => (await colour(page)) === GREEN);
  await page.locator("[data-screen] video").click();
  const { length } = live.neko.seen.inputs;
  await page.keyboard.press("x");
  await until("a key", () => live.neko.seen.inputs.slice(length).some(({ kind }) => /key/.test(kind)));
});

test("a text whose frame no door lets through is refused here, and the line stays; what just fits is pasted", async () => {
  const page = await opened();
  await saysLive(page);
  const pastes = () => live.neko.seen.events.filter(({ event }) => event === "control/paste").length;
  const before = { lines: lines(), pastes: pastes() };
  const paste = (length: number) =>
    page.locator("[data-viewer=neko] .key-field").evaluate((field, many) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", '"'.repeat(many));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
    }, length);
  // In JSON each is two.
  const most = (FRAME_LIMIT - say("control/paste", { text: "" }).length) / 2;
  await paste(Math.floor(most) + 1);
  await toasted(page, "This is too long to paste.");
  await paste(Math.floor(most));
  await until("the paste", () => pastes() === before.pastes + 1);
  expect(lines()).toBe(before.lines);
});

test("what the learner chose is there after a reload; the machine is believed when it has no video now, and says why", async () => {
  const page = await opened();
  await page.getByRole("button", { name: "How the browser is shown" }).click();
  await page.getByRole("menuitemradio", { name: "Pictures" }).click();
  await says(page, "Pictures over the web connection: you chose them.");
  await page.reload();
  await says(page, "Pictures over the web connection: you chose them.");
  world.desk.neko = undefined;
  await page.getByRole("button", { name: "How the browser is shown" }).click();
  expect(await page.getByRole("menuitemradio", { name: "Pictures" }).getAttribute("aria-checked")).toBe("true");
  await page.getByRole("menuitemradio", { name: "Automatic" }).click();
  await says(page, "Pictures over the web connection. The live video of your seat doesn’t come up.");
});

test("sound is off until the learner turns it on, by key as by press; her wish outlasts a reload, and waits for what she does first", async () => {
  const page = await world.visit();
  await page.addInitScript(keepPeers);
  await page.reload();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await saysLive(page);
  const isMuted = () => page.locator("[data-screen] video").evaluate((video: HTMLVideoElement) => video.muted);
  const sound = (word: string) => page.getByRole("button", { name: `Turn the sound ${word}` });
  expect([await isMuted(), (await received(page)).audio.bytes]).toEqual([true, 0]);
  await sound("on").focus();
  await page.keyboard.press("Enter");
  expect([await isMuted(), await sound("off").evaluate((button) => button === document.activeElement)]).toEqual([false, true]);
  await until("sound", async () => (await received(page)).audio.energy > 0);

  await page.reload();
  await saysLive(page);
  expect([await isMuted(), (await received(page)).audio.bytes, await sound("on").isVisible()]).toEqual([true, 0, true]);
  await page.locator("[data-screen] video").click();
  await until("sound", async () => !(await isMuted()) && (await received(page)).audio.energy > 0);
  await sound("off").click();
  expect(await isMuted()).toBe(true);
});

/** In the seat and on this computer; the last is out of the plane that two bytes number. */
const WORDS = "Grüße, 漢字 🎉";
const SEAT_TEXT = `<textarea autofocus style="position: fixed; inset: 0; font-size: 40px">${WORDS}</textarea>`;
const panelText = (page: Page) => page.locator("[data-clipboard-text]").inputValue();
const inSeat = () => live.page.locator("textarea").inputValue();

/** In the seat's page: what is copied is so long. */
function copyLong(length: number): void {
  document.addEventListener("copy", (event) => {
    event.clipboardData?.setData("text/plain", "x".repeat(length));
    event.preventDefault();
  });
}

test("what is copied in live video is in this computer's clipboard, and what is copied here is pasted there, in every script", async () => {
  await live.page.setContent(SEAT_TEXT);
  const page = await opened({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
  const mine = () => page.evaluate(() => navigator.clipboard.readText());
  await saysLive(page);
  await page.locator("[data-screen] video").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await until("it in this computer's clipboard", async () => (await mine()) === WORDS);
  await until("it in the panel", async () => (await panelText(page)) === WORDS);
  await page.evaluate((text) => navigator.clipboard.writeText(text), `mine: ${WORDS}`);
  await page.keyboard.press("Control+v");
  await until("it in the seat's page", async () => (await inSeat()) === `mine: ${WORDS}`);
  // What is longer goes neither way.
  await page.evaluate((bytes) => navigator.clipboard.writeText("x".repeat(bytes)), CLIPBOARD_LIMIT + 1);
  await page.keyboard.press("Control+v");
  await toasted(page, "This is too long to paste. Upload it as a file instead.");
  await until("the seat's text in the panel", async () => (await panelText(page)) === `mine: ${WORDS}`);
  expect(await inSeat()).toBe(`mine: ${WORDS}`);
  await live.page.evaluate(copyLong, FRAME_LIMIT);
  await page.keyboard.press("Control+c");
  const said = "This is too long to copy to your computer. Save it as a file and download that instead.";
  await until("the word about it", async () => (await liveOrTryAgain(page)) && (await toasts(page)).includes(said));
  expect(await panelText(page)).toBe(`mine: ${WORDS}`);
});

test("what is pasted while the line is lost isn't taken for done: once it is back, this computer's clipboard goes to the seat", async () => {
  await live.page.setContent(SEAT_TEXT);
  const page = await world.visit({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
  const begun = page.waitForEvent("websocket", { predicate: (socket) => socket.url().endsWith("/browser") });
  await page.getByRole("button", { name: "Open the browser" }).click();
  const line = await begun;
  await saysLive(page);
  await page.locator("[data-screen] video").click();
  await page.evaluate(() => navigator.clipboard.writeText("mine, later"));
  const lost = line.waitForEvent("close");
  const before = lines();
  world.desk.away = true;
  live.neko.cut();
  await lost;
  await page.keyboard.press("Control+v");
  world.desk.away = false;
  await until("the line", () => lines() > before);
  await until("it in the seat's clipboard", async () => {
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    return live.neko.seen.events.some(
      ({ event, payload }) => event === "clipboard/set" && Bun.deepEquals(payload, { text: "mine, later" }),
    );
  });
});

test("a browser that lets no page into its clipboard: that is said once, and the text can be taken by hand", async () => {
  await live.page.setContent(SEAT_TEXT);
  // Whatever isn't named is refused.
  const page = await opened({ viewport: { width: 1280, height: 800 }, permissions: ["geolocation"] });
  await saysLive(page);
  await page.locator("[data-screen] video").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await until("it in the panel", async () => (await panelText(page)) === WORDS);
  for (let i = 0; i < 3; i++) await page.keyboard.press("Shift");
  expect(await toasted(page, "What you copied isn’t in your computer’s clipboard.")).toBe(1);
  await page.getByRole("button", { name: "Clipboard of the browser" }).click();
  await page.getByText("mark the text here and copy it").waitFor();
});

test("a browser without WebRTC gets pictures at once, and is told", async () => {
  const page = await world.visit();
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "RTCPeerConnection"));
  await page.reload();
  await page.getByRole("button", { name: "Open the browser" }).click();
  await says(page, "Pictures over the web connection: this browser has no WebRTC, which live video needs.");
  await page.locator('[data-viewer="vnc"][data-shown] canvas').waitFor();
});

/** As X numbers buttons. */
const RIGHT = 3;

test("on a phone a tap is a click, a long press the right button, and two fingers scroll", async () => {
  await live.page.setContent(write);
  const page = await opened(PHONE);
  await saysLive(page);
  await until("the seat's page", async () => (await colour(page)) === MAGENTA);
  // All tools are in one row.
  const tools = page.locator("[data-panel=preview] > .cap > button:visible");
  const tops = await tools.evaluateAll((all) => all.map((tool) => tool.getBoundingClientRect().top));
  expect([tops.length, new Set(tops).size]).toEqual([7, 1]);
  const video = page.locator("[data-screen] video");
  await until("a tap in the picture", async () => (await colour(page)) === GREEN || void (await video.tap()));
  const box = await video.boundingBox();
  if (!box) throw new Error("the video has no place");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hand = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...at: number[]) =>
    hand.send("Input.dispatchTouchEvent", { type, touchPoints: at.map((dy, id) => ({ x: x + 40 * id, y: y + dy, id })) });
  const { length } = live.neko.seen.inputs;
  /** From the right button on: a tap of before may come late. */
  const presses = () => {
    const codes = live.neko.seen.inputs.slice(length).flatMap(({ kind, code }) => (kind === "button" ? [code] : []));
    return codes.includes(RIGHT) ? codes.slice(codes.indexOf(RIGHT)) : [];
  };
  await touch("touchStart", 0);
  await until("the right button", () => presses().length === 2);
  await touch("touchEnd");
  expect(presses()).toEqual([RIGHT, RIGHT]);
  await live.page.keyboard.press("Escape");
  await live.page.evaluate("document.body.style.height = '5000px'");
  await touch("touchStart", 0, 0);
  for (const dy of [-30, -60, -90, -120]) await touch("touchMove", dy, dy);
  await touch("touchEnd");
  await until("the seat's page to go with them", () => live.page.evaluate<boolean>("scrollY > 0"));
  expect(presses().length).toBe(2);
});
