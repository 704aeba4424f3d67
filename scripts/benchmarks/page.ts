import { launchChromium } from "../../test/support/browser.ts";
import type { FullClass } from "./class.ts";
import { type Figure, percentile } from "./figures.ts";

const OPENINGS = 5;

/** From the address to the first prompt, in a fresh browser profile each time; bytes on the wire before the editor is opened. */
export async function page({ learners }: FullClass): Promise<Figure[]> {
  const learner = learners[2];
  if (!learner) throw new Error("the bench needs three seats");
  const browser = await launchChromium();
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < OPENINGS; i++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const tab = await context.newPage();
    const devtools = await context.newCDPSession(tab);
    await devtools.send("Network.enable");
    bytes = 0;
    devtools.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
    const from = performance.now();
    await tab.goto(`${learner.base}/?token=${learner.token}`, { waitUntil: "commit" });
    await tab.locator(".xterm-rows").filter({ hasText: "$" }).waitFor();
    times.push(performance.now() - from);
    await tab.waitForLoadState("networkidle").catch(() => {});
    await context.close();
  }
  await browser.close();
  return [
    { bench: "page", name: "workspace page to the first prompt, median of 5", value: percentile(times, 50), unit: "ms" },
    { bench: "page", name: "bytes before the editor is opened", value: bytes / 1000, unit: "kB", aim: 400 },
  ];
}
