import { afterAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { DEAF, launchChromium } from "./browser.ts";
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
    const open = async (path: string) => {
      const browser = await launchChromium({ executablePath: network.program(path) });
      ends.push(() => browser.close());
      return browser;
    };
    const [deaf, hearing] = [await open(DEAF), await open("/usr/bin/chromium")];
    const waits = await connecting(deaf, `https://${network.address}/`);
    const bash = network.program("/bin/bash");
    for (let turn = 0; turn < 2; turn++) {
      const dropped = await connecting(hearing, `https://${network.address}/`);
      await until("the change to be heard", async () => {
        await sh(bash, "-c", "ip link add beside type bridge && ip addr add 198.18.0.1/24 dev beside && ip link set beside up");
        await sh(bash, "-c", "ip link del beside");
        return dropped();
      });
      expect(dropped()).toContain("ERR_NETWORK_CHANGED");
    }
    expect(waits()).toBe("");
  },
);
