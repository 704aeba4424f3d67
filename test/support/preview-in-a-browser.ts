import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, realpathSync } from "node:fs";
import { join as path } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "./browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "./desk-page.ts";
import { join } from "./learner.ts";
import { until } from "./until.ts";
import { runningWorkshop, type World } from "./world.ts";

/** A colour that no page of ours shows by itself. */
const MAGENTA = [255, 0, 255];
const PLAYWRIGHT = path(import.meta.dir, "../../node_modules/playwright-core");

/**
 * Flow 9, Learner: View Browser Preview — by the seat's own browser over VNC. A script in the shell drives it, the learner watches.
 * @param open a gateway with no workshop yet  @param workspace of the first seat, below the machine's directory
 */
export function previewInABrowser(runtime: string, open: () => Promise<World>, workspace: string): void {
  describe(`the preview on ${runtime}`, () => {
    let world: World;
    let browser: Browser;
    let desk: Desk;

    beforeAll(async () => {
      world = await open();
      browser = await launchChromium();
      const { id, code } = await runningWorkshop(world, { seats: 1 });
      const inside = path(world.data, "machines", `clarateach-${id}`, workspace);
      cpSync(PLAYWRIGHT, path(inside, "playwright-core"), { recursive: true });
      // Whatever Node a seat has, this is one that Playwright takes.
      cpSync(realpathSync(process.execPath), path(inside, "bun"));
      const { base, token } = await join(world, { code, name: "Mira" });
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      await page.goto(`${base}/?token=${token}`);
      desk = await openDesk(page);
      await page.getByRole("button", { name: "Got it" }).click();
    });
    afterAll(async () => {
      await browser?.close();
      await world?.end();
    });

    test("the browser starts when it is opened", async () => {
      await desk.page.getByRole("button", { name: "Open the browser" }).click();
      await desk.page.locator("[data-screen] canvas").waitFor();
      await until("a picture", async () => (await coloursOf(desk)).size > 8);
    });

    test("a script in the shell drives it, and its pixels arrive", async () => {
      const script = `import { chromium } from './playwright-core/index.mjs';
const browser = await chromium.connectOverCDP(process.env.CLARATEACH_CDP_URL);
const page = browser.contexts()[0].pages()[0];
await page.setContent('<a download="plants.csv" href="data:text/csv,name" style="position:fixed;inset:0;background:rgb(${MAGENTA})">driven</a>');
console.log('driven:' + await page.title().then(() => 'yes'));
process.exit();`;
      await typeLine(desk.page, `cat > drive.mjs <<'END'\n${script}\nEND\nclear; ./bun drive.mjs`);
      await until("the script's word", async () => (await screenText(desk.page)).includes("driven:yes"));
      await until("its pixels", async () => (await coloursOf(desk)).has(MAGENTA.join()));
      expect(await desk.page.locator("[data-screen]").isVisible()).toBe(true);
    });

    test("what she downloads there is in her file tree", async () => {
      await desk.page.locator("[data-screen] canvas").click();
      await desk.row("plants.csv").waitFor();
    });

    test("restarted from the pane, it shows its start page on the same screen", async () => {
      expect(await coloursOf(desk)).toContain(MAGENTA.join());
      await restartFromPane(desk);
      await until("another page", async () => {
        const colours = await coloursOf(desk);
        return colours.size > 8 && !colours.has(MAGENTA.join());
      });
      expect(await desk.page.locator("[data-lost=preview]").isVisible()).toBe(false);
    });
  });
}

/** By the learner, who is told when it is done. */
export async function restartFromPane({ page }: Desk): Promise<void> {
  await page.getByRole("button", { name: "Restart the browser", exact: true }).click();
  await page.locator("[data-confirm]").getByRole("button", { name: "Restart the browser" }).click();
  await page.getByText("Your browser was restarted.").waitFor();
}

/** The colours of the picture, looked at in a grid. */
export async function coloursOf({ page }: Desk): Promise<Set<string>> {
  const found = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("[data-screen] canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return [];
    const seen: string[] = [];
    for (let x = 5; x < canvas.width; x += 20)
      for (let y = 5; y < canvas.height; y += 20) seen.push(context.getImageData(x, y, 1, 1).data.slice(0, 3).join());
    return seen;
  });
  return new Set(found);
}
