import type { Page } from "playwright-core";
import { until } from "../../test/support/until.ts";

/** What a learner's page saw since it was asked last. */
export interface Seen {
  pictures: number;
  bytes: number;
  /** From a key's press to the picture that shows what it did. */
  keysMs: number[];
}

interface Meter extends Seen {
  /** Where in the screen the square is, once it is known. */
  at?: { x: number; y: number };
}

type Measured = typeof globalThis & { meter: Meter };

/** As large as the pane is made, so that a pixel of the seat's is one of hers. */
export const SCREEN = { width: 1280, height: 720 };
const STYLE = `[data-screen] { position: fixed !important; inset: 0 auto auto 0 !important; width: ${SCREEN.width}px !important;
height: ${SCREEN.height}px !important; z-index: 9999 !important; }`;

/** Before the page is loaded: counts what its sockets to the screen receive. */
export async function beginMeter(page: Page): Promise<void> {
  await page.addInitScript(() => {
    (globalThis as Measured).meter = { pictures: 0, bytes: 0, keysMs: [] };
    const { meter } = globalThis as Measured;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...given: ConstructorParameters<typeof WebSocket>) {
        super(...given);
        if (!/\/(?:vnc|browser)$/.test(String(given[0]))) return;
        this.addEventListener("message", ({ data }) => {
          meter.bytes += data.byteLength ?? data.length;
        });
      }
    };
  });
}

/** The screen is shown, and somewhere in it the square, in magenta. From here on its colours are watched. */
export async function watchSquare(page: Page): Promise<void> {
  await page.addStyleTag({ content: STYLE });
  const screen = page.locator("[data-screen] canvas").first();
  await until("the screen in its size", () =>
    screen.evaluate((canvas, { width }) => (canvas as HTMLCanvasElement).width === width, SCREEN),
  );
  await until("the square", () => page.evaluate(findSquare));
  await page.evaluate(watch);
}

export const seenSince = (page: Page): Promise<Seen> =>
  page.evaluate(() => {
    const { meter } = globalThis as Measured;
    const seen = { pictures: meter.pictures, bytes: meter.bytes, keysMs: meter.keysMs };
    Object.assign(meter, { pictures: 0, bytes: 0, keysMs: [] });
    return seen;
  });

/** In the page. */
function findSquare(): boolean {
  const canvas = document.querySelector<HTMLCanvasElement>("[data-screen] canvas");
  const pen = canvas?.getContext("2d");
  const x = 12;
  for (let y = 0; canvas && pen && y < canvas.height; y += 4) {
    const [red = 0, green = 0, blue = 0] = pen.getImageData(x, y, 1, 1).data;
    if (red > 200 && green < 50 && blue > 200) {
      (globalThis as Measured).meter.at = { x, y: y + 4 };
      return true;
    }
  }
  return false;
}

/** In the page. */
function watch(): void {
  const { meter } = globalThis as Measured;
  let before = "";
  let pressed = 0;
  addEventListener("keydown", () => (pressed = performance.now()), { capture: true });
  setInterval(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("[data-screen] canvas");
    const { x, y } = meter.at ?? { x: 0, y: 0 };
    const data = canvas?.getContext("2d")?.getImageData(x, y, 1, 1).data ?? [];
    const colour = [...data].map((value) => value > 127).join();
    if (colour === before) return;
    before = colour;
    meter.pictures++;
    if (pressed > 0) meter.keysMs.push(performance.now() - pressed);
    pressed = 0;
  }, 4);
}
