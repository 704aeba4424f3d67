import { afterAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { DEAF, HEARING, launchChromium } from "./browser.ts";
import { canHaveNetworks, openNetwork } from "./networks/network.ts";
import { sh } from "./sh.ts";
import { until } from "./until.ts";

const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** What becomes of a page that connects to somebody who never answers: "" while nothing does. */
async function connecting(browser: Browser, url: string): Promise<() => string> {
  let said = "";
  const page = await browser.newPage();
  page.goto(url).catch((error: Error) => {
    said = error.message;
  });
  return () => said;
}

test.skipIf(!canHaveNetworks)(
  "a bridge that comes and goes costs tests' Chromium no page; without our filter it does",
  async () => {
    const network = await openNetwork({ without: "tcp" });
    ends.push(network.end);
    const open = async (path = "") => {
      const browser = await launchChromium({ executablePath: network.program(path) });
      ends.push(() => browser.close());
      return browser;
    };
    const [deaf, hearing] = [await open(DEAF), await open(HEARING.executablePath)];
    const waits = await connecting(deaf, `https://${network.address}/`);
    const bash = network.program("/bin/bash");
    const loads: (() => string)[] = [];
    await until("changes to be heard", async () => {
      loads.push(await connecting(hearing, `https://${network.address}/`));
      await sh(bash, "-c", "ip link add beside type bridge && ip addr add 198.18.0.1/24 dev beside && ip link set beside up");
      await sh(bash, "-c", "ip link del beside");
      return loads.filter((said) => said().includes("ERR_NETWORK_CHANGED")).length > 1;
    });
    expect(waits()).toBe("");
  },
);
