import type { Page } from "playwright-core";
import { type KeptPeers, keepPeers } from "../../test/support/live-peers.ts";
import { until } from "../../test/support/until.ts";

/** What a learner's page saw since it was asked last. */
export interface Seen {
  pictures: number;
  /** Of the socket to the screen and of video. */
  bytes: number;
  /** From a key's press to the picture that shows what it did. */
  keysMs: number[];
}

interface Meter extends Seen {
  ages: number[];
  /** Where in the screen the square is, once it is known. */
  at?: { x: number; y: number };
  /** That were counted already. */
  videoBytes: number;
}

type Measured = KeptPeers & { meter: Meter };

/** As large as the pane is made, so that a pixel of the seat's is one of hers. */
export const SCREEN = { width: 1280, height: 720 };
const STYLE = `[data-screen] { position: fixed !important; inset: 0 auto auto 0 !important; width: ${SCREEN.width}px !important;
height: ${SCREEN.height}px !important; z-index: 9999 !important; }`;

/** Before the page is loaded: counts what its connections to the screen receive. */
export async function beginMeter(page: Page): Promise<void> {
  await page.addInitScript(keepPeers);
  await page.addInitScript(() => {
    (globalThis as Measured).meter = { pictures: 0, bytes: 0, keysMs: [], ages: [], videoBytes: 0 };
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
  await until("the screen in its size, and the square", () => page.evaluate(findSquare, SCREEN));
  await page.evaluate(watch);
}

export const seenSince = (page: Page): Promise<Seen> =>
  page.evaluate(async () => {
    const { meter, peers } = globalThis as Measured;
    let videoBytes = 0;
    for (const peer of peers)
      for (const [, report] of (await peer.getStats()) as unknown as Map<string, { type: string; bytesReceived: number }>)
        if (report.type === "inbound-rtp") videoBytes += report.bytesReceived;
    const bytes = meter.bytes + videoBytes - meter.videoBytes;
    const seen = { pictures: meter.pictures, bytes, keysMs: meter.keysMs };
    Object.assign(meter, { pictures: 0, bytes: 0, keysMs: [], videoBytes });
    return seen;
  });

/** The square was found. From here on the clock beside it is read off every picture that comes. @param bits its squares */
export const watchClock = (page: Page, bits: number): Promise<void> => page.evaluate(watchBits, bits);

/** Milliseconds between the drawing of each picture and its coming, since they were asked for last. */
export const readAges = (page: Page): Promise<number[]> =>
  page.evaluate(() => (globalThis as Measured).meter.ages.splice(0, Number.POSITIVE_INFINITY));

/** In the page. */
function watchBits(bits: number): void {
  const { meter } = globalThis as Measured;
  const pen = new OffscreenCanvas(bits, 1).getContext("2d", { willReadFrequently: true });
  let before = "";
  setInterval(() => {
    const shown = document.querySelector<HTMLCanvasElement>("[data-shown] canvas");
    const { x, y } = meter.at ?? { x: 0, y: 0 };
    if (!shown || !pen) return;
    for (let i = 0; i < bits; i++) pen.drawImage(shown, x + 24 * (i + 1), y, 1, 1, i, 0, 1, 1);
    const { data } = pen.getImageData(0, 0, bits, 1);
    const digits = Array.from({ length: bits }, (_, i) => Number((data[i * 4] ?? 0) > 127));
    if (digits.join() === before) return;
    before = digits.join();
    // Each digit of the number is that of the Gray code and all above it.
    let last = 0;
    let ms = 0;
    for (let i = bits - 1; i >= 0; i--) {
      last ^= digits[i] ?? 0;
      ms += last << i;
    }
    meter.ages.push((Date.now() - ms + 2 ** bits) % 2 ** bits);
  }, 4);
}

/** In the page. */
function findSquare({ width }: typeof SCREEN): boolean {
  const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("[data-shown] :is(video, canvas)");
  const [w = 0, h = 0] =
    shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : [shown?.width, shown?.height];
  const pen = new OffscreenCanvas(1, Math.max(h, 1)).getContext("2d");
  const x = 12;
  if (!shown || !pen || w !== width) return false;
  pen.drawImage(shown, x, 0, 1, h, 0, 0, 1, h);
  for (let y = 0; y < h; y += 4) {
    const [red = 0, green = 0, blue = 0] = pen.getImageData(0, y, 1, 1).data;
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
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  let before = "";
  let pressed = 0;
  addEventListener("keydown", () => (pressed = performance.now()), { capture: true });
  setInterval(() => {
    const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("[data-shown] :is(video, canvas)");
    const { x, y } = meter.at ?? { x: 0, y: 0 };
    if (!shown || !pen) return;
    pen.drawImage(shown, x, y, 1, 1, 0, 0, 1, 1);
    const colour = [...pen.getImageData(0, 0, 1, 1).data].map((value) => value > 127).join();
    if (colour === before) return;
    before = colour;
    meter.pictures++;
    if (pressed > 0) meter.keysMs.push(performance.now() - pressed);
    pressed = 0;
  }, 4);
}
