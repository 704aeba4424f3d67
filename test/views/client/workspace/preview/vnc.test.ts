import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { CLIPBOARD_LIMIT } from "../../../../../agent/contract/clipboard.ts";
import { type SeatBrowser, startSeatBrowser } from "../../../../support/seat-browser.ts";
import { until } from "../../../../support/until.ts";
import { type Browsing, browse, PHONE } from "../../browse.ts";

/** Not Latin-1, and one character of two UTF-16 units. */
const WORDS = "Grüße, 漢字, żółw 🎉";

/** A field that fills the seat's page, and notes what is done to it. */
const PAGE = `<!doctype html><title>field</title><body style="margin:0;height:6000px">
<textarea autofocus style="position:fixed;inset:0;font:24px sans-serif"></textarea>
<script>window.seen = [];
for (const name of ["mousedown", "contextmenu", "dblclick", "wheel"])
  addEventListener(name, (event) => seen.push(name + (event.ctrlKey ? "+ctrl" : "") + (event.button || "")), { capture: true });
addEventListener("contextmenu", (event) => event.preventDefault());</script>`;

let world: Browsing;
let seat: SeatBrowser;
beforeAll(async () => {
  [world, seat] = await Promise.all([browse(), startSeatBrowser()]);
  world.desk.screen = seat.screen;
});
afterAll(async () => {
  await world?.end();
  await seat?.end();
});
beforeEach(async () => {
  await seat.tab.goto(`data:text/html,${encodeURIComponent(PAGE)}`);
});
afterEach(() => expect(world.errors()).toEqual([]));

const CLIPBOARD: BrowserContextOptions = {
  viewport: { width: 1280, height: 800 },
  permissions: ["clipboard-read", "clipboard-write"],
};

const canvas = (page: Page) => page.locator("[data-screen] canvas:not(.still)");
const field = (page: Page) => page.locator("[data-screen] textarea.key-field");
const value = () => seat.tab.evaluate(() => (document.querySelector("textarea") as HTMLTextAreaElement).value);
const seen = () => seat.tab.evaluate(() => (window as unknown as { seen: string[] }).seen);
const becomes = (text: string) => until(`"${text}" in the seat's page`, async () => (await value()) === text);

/** The pane with the seat's page in it, and the keyboard in that. */
async function opened(options?: BrowserContextOptions): Promise<Page> {
  const page = await world.visit(options);
  if (options === PHONE) await page.getByRole("tab", { name: "Preview" }).tap();
  else await page.getByRole("button", { name: "Open the browser" }).click();
  await page.locator('[data-act="preview-clipboard"]').waitFor();
  await until("the seat's screen in the pane's size", () => sized(page));
  await drawn();
  if (options === PHONE) await canvas(page).tap();
  else await canvas(page).click();
  await until("the press", async () => (await seen()).includes("mousedown"));
  await until("the keyboard", () => seat.tab.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
  return page;
}

/** The picture fills its pane, which the last visitor's doesn't, and the seat's window is as large as it. */
async function sized(page: Page): Promise<boolean> {
  const shown = await canvas(page).evaluate((element: HTMLCanvasElement) => {
    const [{ width, height }, pane] = [
      element.getBoundingClientRect(),
      element.closest("[data-screen]")?.getBoundingClientRect(),
    ];
    const gaps = [(pane?.width ?? 0) - width, (pane?.height ?? 0) - height];
    return gaps.every((gap) => Math.abs(gap) < 2.5) && [element.width, element.height].join();
  });
  return shown === (await seat.tab.evaluate(() => [outerWidth, outerHeight].join()));
}

/** A press that comes before the seat's page is drawn has no effect. */
const drawn = () =>
  seat.tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

type Chord = Pick<KeyboardEventInit, "ctrlKey" | "altKey" | "shiftKey">;
interface Key extends Chord {
  type: "down" | "up";
  key: string;
  code: string;
}

/** Key events as a keyboard of another country makes them, which this computer hasn't. */
async function press(page: Page, ...keys: Key[]): Promise<void> {
  await field(page).evaluate((element, events) => {
    for (const { type, ...event } of events)
      element.dispatchEvent(new KeyboardEvent(`key${type}`, { bubbles: true, cancelable: true, ...event }));
  }, keys);
}
const tapped = (key: string, code: string, more: Chord = {}): Key[] => [
  { type: "down", key, code, ...more },
  { type: "up", key, code, ...more },
];
const held = (key: string, code: string, ...inside: Key[]): Key[] => [
  { type: "down", key, code },
  ...inside,
  { type: "up", key, code },
];

test("keyboards of other countries type what stands on their keys", async () => {
  const page = await opened();
  const german = [...tapped("ö", "Semicolon"), ...tapped("ß", "Minus"), ...tapped("z", "KeyY")];
  const german2 = [...held("AltGraph", "AltRight", ...tapped("@", "KeyQ"), ...tapped("€", "KeyE"), ...tapped("{", "Digit7"))];
  const french = [...tapped("é", "Digit2"), ...tapped("a", "KeyQ"), ...held("Shift", "ShiftLeft", ...tapped("2", "Digit2"))];
  const polish = held("AltGraph", "AltRight", ...tapped("ł", "KeyL"), ...tapped("ż", "KeyZ"));
  const greek = [...tapped("λ", "KeyL"), ...held("Shift", "ShiftLeft", ...tapped("Ω", "KeyV"))];
  await press(page, ...german, ...german2, ...french, ...polish, ...greek);
  await becomes("ößz@€{éa2łżλΩ");
});

test("shortcuts on a keyboard with other letters are those of the key's place", async () => {
  const page = await opened();
  await press(page, ...tapped("д", "KeyL"), ...tapped("а", "KeyF"));
  await becomes("да");
  await press(page, ...held("Control", "ControlLeft", ...tapped("ф", "KeyA")), ...tapped("н", "KeyY"));
  await becomes("н");
});

test("an accent waits for its letter, an input method's words come whole, and long ones too", async () => {
  const page = await opened();
  const cdp = await page.context().newCDPSession(page);
  await press(page, { type: "down", key: "Dead", code: "BracketLeft" }, { type: "down", key: "e", code: "KeyE" });
  await cdp.send("Input.insertText", { text: "é" });
  await becomes("é");
  await cdp.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
  await cdp.send("Input.imeSetComposition", { text: "日本", selectionStart: 2, selectionEnd: 2 });
  await cdp.send("Input.insertText", { text: "日本語" });
  await becomes("é日本語");
  await page.keyboard.type(" ok");
  await becomes("é日本語 ok");
});

test("what is copied in the seat's browser is in this computer's clipboard and in the panel, in every script", async () => {
  const page = await opened(CLIPBOARD);
  await seat.tab.evaluate((text) => {
    (document.querySelector("textarea") as HTMLTextAreaElement).value = text;
  }, WORDS);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await until(
    "it in this computer's clipboard",
    async () => (await page.evaluate(() => navigator.clipboard.readText())) === WORDS,
  );
  expect(await page.locator("[data-clipboard-text]").inputValue()).toBe(WORDS);
});

test("the clipboard's button opens its panel, with the keyboard in it, and closes it", async () => {
  const page = await opened();
  const button = page.locator('[data-act="preview-clipboard"]');
  await button.click();
  await page.locator("[data-clipboard-text]:focus").waitFor();
  await button.click();
  await page.locator("[data-clipboard-text]").waitFor({ state: "hidden" });
});

test("on a phone its panel is there as a whole", async () => {
  const page = await opened(PHONE);
  await page.locator('[data-act="preview-clipboard"]').tap();
  await page.locator("[data-clipboard-text]").waitFor();
  const { x = 0, width = 0 } = (await page.locator("[data-clipboard]").boundingBox()) ?? {};
  expect(x).toBeGreaterThanOrEqual(8);
  expect(x + width).toBeLessThanOrEqual(382);
});

/** The next copy in the page this runs in is so long a text. */
function copyNext(length: number): void {
  const copied = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", "x".repeat(length));
    event.preventDefault();
  };
  document.addEventListener("copy", copied, { once: true });
}

test("the longest text that is to be copied there comes; of a longer one the learner is told that it stays there", async () => {
  const page = await opened(CLIPBOARD);
  const inPanel = async (length: number) => (await page.locator("[data-clipboard-text]").inputValue()).length === length;
  await seat.tab.evaluate(copyNext, CLIPBOARD_LIMIT);
  await page.keyboard.press("Control+c");
  await until("the text in the panel", () => inPanel(CLIPBOARD_LIMIT));
  await seat.tab.evaluate(copyNext, CLIPBOARD_LIMIT + 1);
  await page.keyboard.press("Control+c");
  await page.getByText("This is too long to copy to your computer.").waitFor();
  await page.getByText("Save it as a file and download that instead.").waitFor();
  expect(await inPanel(CLIPBOARD_LIMIT)).toBe(true);
});

test("what is only marked there stays there", async () => {
  const page = await opened(CLIPBOARD);
  await page.evaluate(() => navigator.clipboard.writeText("mine"));
  await page.keyboard.type("marked");
  await becomes("marked");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+x");
  await becomes("");
  // It came after whatever the mark would have sent.
  await until("what was cut", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "marked");
  await page.keyboard.type("other");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await becomes("other!");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("marked");
});

test("this computer's clipboard is pasted by its key, without the permission to read it, in every script", async () => {
  const page = await opened({ ...CLIPBOARD, permissions: ["clipboard-write"] });
  await page.evaluate((text) => navigator.clipboard.writeText(text), WORDS);
  await page.keyboard.press("Control+v");
  await becomes(WORDS);
});

test("where the learner allowed it, what she copied elsewhere is there for the seat's own menu too", async () => {
  const page = await opened(CLIPBOARD);
  await page.evaluate(() => navigator.clipboard.writeText("from elsewhere"));
  await page.locator("[data-terminal] textarea").first().focus();
  await field(page).focus();
  await until("the seat to have it", async () => {
    await seat.tab.bringToFront();
    await seat.tab.keyboard.press("Control+v");
    return (await value()).includes("from elsewhere");
  });
});

test("full screen is entered and left by a button, and the page says how Esc leaves it", async () => {
  const page = await opened();
  await page.getByRole("button", { name: "Full screen" }).click();
  await until("full screen", () => page.evaluate(() => document.fullscreenElement?.getAttribute("data-panel") === "preview"));
  await page.getByText(/Esc leaves|Hold Esc to leave/).waitFor();
  await page.keyboard.type("typed");
  await becomes("typed");
  await page.getByRole("button", { name: "Leave full screen" }).click();
  await until("the page again", () => page.evaluate(() => document.fullscreenElement === null));
  // The page hears of it a moment later.
  await page.locator("[data-preview-leave]").waitFor({ state: "hidden" });
});

test("fingers tap, hold for the other button, scroll with two, and a phone's keyboard comes when it is asked for", async () => {
  const page = await opened(PHONE);
  expect(await field(page).evaluate((element: HTMLTextAreaElement) => element.inputMode)).toBe("none");
  const box = await canvas(page).boundingBox();
  const [x, y] = [(box?.x ?? 0) + 150, (box?.y ?? 0) + 250];
  const cdp = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...points: [number, number][]) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await touch("touchStart", [x, y]);
  await until("the other button's press", async () => (await seen()).includes("contextmenu2"));
  await touch("touchEnd");
  await touch("touchStart", [x, y], [x + 40, y]);
  for (let moved = 0; moved < 220; moved += 20) await touch("touchMove", [x, y - moved], [x + 40, y - moved]);
  await until("a turn of the wheel", async () => (await seen()).includes("wheel"));
  await touch("touchEnd");
  await touch("touchStart", [x, y], [x + 10, y]);
  for (let moved = 0; moved < 120; moved += 10) await touch("touchMove", [x - moved, y], [x + 10 + moved, y]);
  await until("a turn with Control, which zooms", async () => (await seen()).includes("wheel+ctrl"));
  await touch("touchEnd");
  await page.getByRole("button", { name: "On-screen keyboard" }).tap();
  expect(await field(page).evaluate((element: HTMLTextAreaElement) => element.inputMode)).toBe("text");
  await page.keyboard.insertText("teh");
  await becomes("teh");
  await cdp.send("Input.imeSetComposition", { text: "wrod", selectionStart: 4, selectionEnd: 4 });
  await becomes("tehwrod");
  await cdp.send("Input.imeSetComposition", { text: "word ", selectionStart: 5, selectionEnd: 5 });
  await cdp.send("Input.insertText", { text: "word " });
  await becomes("tehword ");
});

test("each picture is asked for, and the server is never told to send by itself", async () => {
  const page = await world.visit();
  const sent: Buffer[] = [];
  page.on("websocket", (socket) => {
    if (socket.url().endsWith("/vnc")) socket.on("framesent", ({ payload }) => void sent.push(Buffer.from(payload)));
  });
  const having = (...message: number[]) => sent.filter((frame) => frame.includes(Buffer.from(message))).length;
  await page.getByRole("button", { name: "Open the browser" }).click();
  await seat.tab.evaluate(() =>
    setInterval(() => (document.body.style.background = `#${Math.random().toString(16).slice(2, 5)}`), 50),
  );
  await seat.tab.evaluate(() => (document.querySelector("textarea") as HTMLElement).remove());
  await until("pictures that were asked for", () => having(3, 1, 0, 0, 0, 0) > 10);
  expect(having(150, 1, 0, 0, 0, 0)).toBe(0);
});

/** As long as nothing has to come before the page asks whether somebody is there. */
const QUIET_MS = 15_000;

test("nothing is sent while nothing changes, until the page asks whether somebody is there", async () => {
  const page = await world.visit();
  let last = Number.POSITIVE_INFINITY;
  const quiet: number[] = [];
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/vnc")) return;
    socket.on("framereceived", () => {
      last = performance.now();
    });
    // What it asks by, a fence.
    socket.on("framesent", ({ payload }) => void (payload[0] === 248 && quiet.push(performance.now() - last)));
  });
  // Where its field has the keyboard a caret blinks.
  await seat.tab.evaluate(() => (document.querySelector("textarea") as HTMLElement).remove());
  await page.getByRole("button", { name: "Open the browser" }).click();
  await canvas(page).waitFor();
  await until("a question in the quiet", () => quiet.some((ms) => ms > QUIET_MS - 1000));
});

/** In its middle, as near as pictures have it. */
const isTeal = (page: Page) =>
  canvas(page).evaluate((element: HTMLCanvasElement) => {
    const { width, height } = element;
    const [red = 0, green = 0, blue = 0] = element.getContext("2d")?.getImageData(width / 2, height / 2, 1, 1).data ?? [];
    return red < 16 && Math.abs(green - 128) < 16 && Math.abs(blue - 128) < 16;
  });

test("a download lands in the work, unasked", async () => {
  const page = await opened();
  await seat.tab.goto(
    `data:text/html,${encodeURIComponent(`<a download="plants.csv" href="data:text/csv,name" style="position:fixed;inset:0;background:teal">get it</a>`)}`,
  );
  // A press that comes before the page is drawn has no effect.
  await until("the page in the picture", () => isTeal(page));
  await canvas(page).click();
  // Chromium makes the file first, and then writes it.
  const file = join(seat.workspace, "plants.csv");
  await until("the file, whole", () => existsSync(file) && readFileSync(file, "utf8") === "name");
});
