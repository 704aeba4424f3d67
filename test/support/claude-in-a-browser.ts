import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "./browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "./desk-page.ts";
import { join } from "./learner.ts";
import { coloursOf } from "./preview-in-a-browser.ts";
import { until } from "./until.ts";
import { callsTools, says, saysWhen, startUpstream, type TestUpstream } from "./upstream.ts";
import { freePort, runningWorkshop, type World } from "./world.ts";

/** A colour that no page of ours shows by itself. */
const MAGENTA = [255, 0, 255];
const PAGE = `<title>Pond</title><body style="background:rgb(${MAGENTA})">`;

/**
 * Flows 7 and 9, the real CLI from npm in the page's terminal: a learner asks Claude, Claude drives the browser that she watches. Only the
 * upstream's answers are scripted.
 * @param open a gateway with no workshop yet, whose agents ask this upstream
 */
export function claudeInABrowser(runtime: string, open: (upstream: string) => Promise<World>): void {
  describe(`Claude on ${runtime}`, () => {
    let upstream: TestUpstream;
    let world: World;
    let browser: Browser;
    let desk: Desk;

    /** Of the page that her own server has. */
    let port: number;
    let text = "";
    const shows = async (what: string | RegExp): Promise<string> => {
      try {
        return await until(`the terminal to show ${what}`, async () => {
          text = await screenText(desk.page);
          return (typeof what === "string" ? text.includes(what) : what.test(text)) ? text : undefined;
        });
      } catch (error) {
        throw new Error(`the terminal shows:\n${text}`, { cause: error });
      }
    };
    /** Enter in the same moment would be part of a paste. */
    const ask = async (prompt: string): Promise<void> => {
      await desk.page.keyboard.type(prompt);
      await shows(prompt);
      await desk.page.keyboard.press("Enter");
    };

    beforeAll(async () => {
      upstream = startUpstream();
      world = await open(upstream.url);
      browser = await launchChromium();
      const { code } = await runningWorkshop(world, { seats: 1 });
      const { base, token } = await join(world, { code, name: "Mira" });
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      await page.goto(`${base}/?token=${token}`);
      desk = await openDesk(page);
      await page.getByRole("button", { name: "Got it" }).click();
      port = await freePort();
      await typeLine(
        page,
        `node -e 'require("http").createServer((_, a) => a.end(process.argv[1])).listen(${port})' '${PAGE}' &`,
      );
      await shows(/^\[1\] \d/m);
      await typeLine(page, "clear");
    });
    afterAll(async () => {
      await browser?.close();
      await world?.end();
      await upstream?.end();
    });

    test("`claude` shows its prompt, without a login, a question or a notice", async () => {
      await typeLine(desk.page, "claude");
      await shows(/^❯/m);
      expect(text).toContain("Claude Code v2.1.");
      expect(text).toContain("accept edits on");
      expect(text).not.toMatch(/trust|theme|log ?in|update|key/i);
      // The key is tried when the workshop is made; a prompt alone asks nothing.
      expect(upstream.got.filter(({ path }) => !path.startsWith("/v1/models"))).toEqual([]);
    });

    test("she asks, and the answer streams", async () => {
      const second = Promise.withResolvers<string>();
      const pieces = [Promise.resolve("A loop repeats\n\n"), second.promise];
      upstream.behave(saysWhen(async () => pieces.shift()));
      await ask("What is a loop?");
      await shows("A loop repeats");
      second.resolve("what is inside it.\n");
      await shows("what is inside it.");
      const { model } = upstream.got.find(({ path }) => path.startsWith("/v1/messages?"))?.json() ?? {};
      expect(model).toBe("claude-sonnet-5-5");
    });

    test("she asks for a picture of a page: Claude drives the browser that she watches, and the file appears", async () => {
      const tools = ["mcp__playwright__browser_navigate", "mcp__playwright__browser_take_screenshot"] as const;
      upstream.behave(
        callsTools(
          [
            ["ToolSearch", { query: `select:${tools}` }],
            [tools[0], { url: `http://localhost:${port}/` }],
            [tools[1], { type: "png", filename: "pond.png" }],
          ],
          says("The picture is in pond.png."),
        ),
      );
      await ask("Go to my pond page and take a screenshot.");
      await desk.page.locator("[data-screen] canvas").waitFor();
      await until("the page's pixels", async () => (await coloursOf(desk)).has(MAGENTA.join()));
      await shows("The picture is in pond.png.");
      await desk.row("pond.png").waitFor();
      expect(await screenText(desk.page)).not.toContain("Do you want");
    });
  });
}
