import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { join } from "../support/learner.ts";
import { until } from "../support/until.ts";
import { says, startUpstream, type TestUpstream } from "../support/upstream.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

/** What the CLI's screen needs of page, agent and tmux. */
describe("the CLI's screen in the page's terminal", () => {
  let upstream: TestUpstream;
  let world: World;
  let browser: Browser;
  let page: Page;
  let code = "";
  let odehash = "";

  const shows = async (what: string | RegExp): Promise<string> => {
    let text = "";
    const look = async () => {
      text = await screenText(page);
      return (typeof what === "string" ? text.includes(what) : what.test(text)) ? text : undefined;
    };
    return until(`the terminal to show ${what}`, look).catch((cause) => {
      throw new Error(`the terminal shows:\n${text}`, { cause });
    });
  };
  /** Enter in the same moment would be part of a paste. */
  const ask = async (prompt: string): Promise<void> => {
    await page.keyboard.type(prompt);
    await shows(prompt);
    await page.keyboard.press("Enter");
  };
  const questions = () => upstream.got.filter(({ path }) => path.startsWith("/v1/messages?"));
  const asked = () => JSON.stringify(questions().at(-1)?.json().messages);
  /** The prompt is empty again. */
  const answered = (text: string) => shows(new RegExp(`${text}[^]*\\n❯\\s*\\n`));
  const come = async (token: string, base: string): Promise<void> => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    page = await context.newPage();
    await page.goto(`${base}/?token=${token}`);
  };

  beforeAll(async () => {
    upstream = startUpstream();
    world = await startWorld({ CLARATEACH_LLM_URL: upstream.url });
    browser = await launchChromium();
    ({ code } = await runningWorkshop(world, { seats: 1 }));
    const learner = await join(world, { code, name: "Mira" });
    odehash = learner.odehash;
    await come(learner.token, learner.base);
    await openDesk(page);
    await page.getByRole("button", { name: "Got it" }).click();
    await typeLine(page, "claude");
    await shows(/^❯/m);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
    await upstream?.end();
  });

  test("it has its colours, and tmux tells it of the focus: no notice", async () => {
    const colours = await page.evaluate(() => {
      const spans = [...document.querySelectorAll<HTMLElement>("[data-terminal] .xterm-rows span")];
      return [...new Set(spans.map((span) => getComputedStyle(span).color))];
    });
    expect(colours.length).toBeGreaterThan(3);
    expect(await screenText(page)).not.toMatch(/focus-events|terminal-setup|256/i);
  });

  test("Shift Enter is a new line, and so is what the help names besides", async () => {
    await page.keyboard.type("first");
    await page.keyboard.press("Shift+Enter");
    await shows(/first *\n[^─]*\n─/);
    await page.keyboard.type("second");
    await shows(/first *\n *second/);
    await page.keyboard.press("Control+j");
    await shows(/second *\n[^─]*\n─/);
    await page.keyboard.type("third");
    await shows(/second *\n *third/);
    expect(questions()).toEqual([]);
    await page.keyboard.press("Enter");
    await answered("Hello.");
    expect(asked()).toContain("first\\nsecond\\nthird");
  });

  test("the wheel scrolls in it", async () => {
    upstream.behave(says(Array.from({ length: 120 }, (_, i) => `\n- line ${i + 1} of many`)));
    await ask("Many lines, please.");
    await shows("line 120 of many");
    await page.locator("[data-terminal]").first().hover();
    await until("the first line", async () => {
      await page.mouse.wheel(0, -400);
      return (await screenText(page)).includes("line 1 of many");
    });
    expect(await screenText(page)).not.toContain("line 120 of many");
    await until("the last line", async () => {
      await page.mouse.wheel(0, 400);
      return (await screenText(page)).includes("line 120 of many");
    });
  });

  test("100 kB that are pasted arrive whole", async () => {
    const text = Array.from({ length: 2000 }, (_, i) => `${String(i).padStart(6, "0")} ${"é".repeat(20)} "${i}"`).join("\n");
    expect(Buffer.byteLength(text)).toBeGreaterThan(100_000);
    upstream.behave(says("I have read it."));
    await page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
      document.querySelector("[data-terminal] textarea")?.dispatchEvent(event);
    }, text);
    await shows("[Pasted text");
    await page.keyboard.press("Enter");
    await answered("I have read it.");
    expect(asked()).toContain(JSON.stringify(text).slice(1, -1));
  });

  test("what is marked with the mouse is copied", async () => {
    const row = page.locator("[data-terminal] .xterm-rows > div", { hasText: "I have read it." }).first();
    const box = await row.boundingBox();
    if (!box) throw new Error("the answer's line isn't there");
    const width = await page
      .locator("[data-terminal] .xterm-screen")
      .first()
      .evaluate((one) => one.clientWidth);
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + 1, y);
    await page.mouse.down();
    await page.mouse.move(box.x + width * 0.5, y, { steps: 8 });
    await page.mouse.up();
    await until("the clipboard", async () =>
      (await page.evaluate(() => navigator.clipboard.readText())).includes("I have read it."),
    );
  });

  test("it follows the size of the page", async () => {
    const ruler = async () => /^─+$/m.exec(await screenText(page))?.[0].length ?? 0;
    const before = await ruler();
    await page.setViewportSize({ width: 1600, height: 700 });
    await until("a wider line", async () => (await ruler()) > before + 10);
    await shows("I have read it.");
  });

  test("another device has the conversation on its screen, and it goes on", async () => {
    await page.context().close();
    const again = await join(world, { code, odehash });
    await come(again.token, again.base);
    await shows("I have read it.");
    upstream.behave(says("Still here."));
    await page.locator("[data-terminal] textarea").first().focus();
    await ask("Are you there?");
    await answered("Still here.");
    expect(asked()).toContain("Many lines, please.");
  });

  test("in the shell Shift Enter is Enter", async () => {
    await page.keyboard.press("Control+c");
    await page.keyboard.press("Control+c");
    await shows(/\$ *\n/);
    await page.keyboard.type("echo shell-$((6*7))");
    // In the same moment tmux takes keys for a paste.
    await shows("echo shell-$((6*7))");
    await page.keyboard.press("Shift+Enter");
    await shows(/^shell-42/m);
  });

  test("a phone's page, where another pane is in front, says that a program opened the browser, and shows it when it is chosen", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("[data-terminal] textarea").first().focus();
    await page.keyboard.type("clear; curl -s $CLARATEACH_CDP_URL/json/version | grep -o Chrome");
    await shows("grep -o Chrome");
    await page.keyboard.press("Enter");
    await page.locator("[data-notice=driven]", { hasText: "A program opened your browser." }).waitFor();
    await shows(/^Chrome/m);
    await page.locator("[data-goes=preview]").click();
    await page.locator("[data-screen] canvas").waitFor();
  });
});
