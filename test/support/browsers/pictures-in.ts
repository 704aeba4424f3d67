import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type LivePane, openLivePane } from "../live-pane.ts";
import { until } from "../until.ts";
import { type Driver, press, sees } from "./driver.ts";

const PAGE = `<body style="background:#f0f" onkeydown="event.key === 'k' && (document.body.style.background = '#0ff')">`;
const [MAGENTA, CYAN] = ["101", "011"];
const FIELD = "<textarea style='position:fixed;inset:0;width:100%;height:100%' autofocus>";
const WORDS = "¿señal? ßö 日本 λ";

/** What a browser without the means for live video does where the machine has it. @param how the line below the pane in the end */
export function picturesIn(name: string, start: () => Promise<Driver>, how: string): void {
  describe.skipIf(!process.env.TEST_FULL)(`a machine with live video, in ${name}`, () => {
    let browser: Driver;
    let pane: LivePane;

    beforeAll(async () => {
      [pane, browser] = await Promise.all([openLivePane(), start()]);
    });
    afterAll(async () => {
      await browser?.close();
      await pane?.end();
    });

    test(`the pane says “${how}”, shows the seat's page, and hears a key`, async () => {
      await pane.screen.page.setContent(PAGE);
      await browser.open(pane.url);
      await press(browser, "Got it");
      await press(browser, "Open the browser");
      await sees(browser, how);
      await until("the page's colour", async () => (await colour(browser)) === MAGENTA);
      await browser.click("[data-shown] canvas");
      await browser.type("k");
      await until("the colour that the key gives it", async () => (await colour(browser)) === CYAN);
    });

    test("what is copied there is in the panel, and what was cut here is pasted there", async () => {
      const { page } = pane.screen;
      await page.setContent(`${FIELD}${WORDS}</textarea>`);
      await page.focus("textarea");
      await browser.click("[data-shown] canvas");
      await browser.control("a");
      await browser.control("c");
      await until("the copy in the panel", async () => (await inPanel(browser)) === WORDS);
      await page.setContent(`${FIELD}</textarea>`);
      await press(browser, "Clipboard of the browser");
      await until("the panel", () => browser.run(() => document.activeElement?.matches("[data-clipboard-text]") === true));
      await browser.control("a");
      await browser.type("from here");
      await browser.control("a");
      await browser.control("x");
      expect(await inPanel(browser)).toBe("");
      await press(browser, "Clipboard of the browser");
      await page.focus("textarea");
      await browser.click("[data-shown] canvas");
      await browser.control("v");
      await until("it to be pasted", async () => (await page.inputValue("textarea")) === "from here");
    });
  });
}

const inPanel = (browser: Driver) =>
  browser.run(() => document.querySelector<HTMLTextAreaElement>("[data-clipboard-text]")?.value);

/** Of what is looked at, where no pointer is, each part full or none. */
const colour = (browser: Driver) =>
  browser.run(() => {
    const shown = document.querySelector<HTMLCanvasElement>("[data-shown] canvas");
    const pen = document.createElement("canvas").getContext("2d");
    if (!shown || !pen || shown.width === 0) return "";
    pen.drawImage(shown, shown.width * 0.7, shown.height * 0.3, 1, 1, 0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((part) => Math.round(part / 255)).join("");
  });
