import { launch } from "puppeteer-core";
import { PATIENCE_MS } from "../until.ts";
import type { Driver } from "./driver.ts";

/** Debian's Firefox by WebDriver BiDi. Its first start writes a profile: on a busy machine it takes half a minute. */
export async function startFirefox(): Promise<Driver> {
  const browser = await launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    timeout: PATIENCE_MS,
    // Tests with containers beside this one change the computer's networks, for which it would drop its connections.
    extraPrefsFirefox: { "network.notify.changed": false },
  });
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  page.setDefaultTimeout(PATIENCE_MS);
  // Leaving a workspace asks first.
  page.on("dialog", (dialog) => void dialog.accept());
  return {
    name: "Firefox",
    open: async (address) => void (await page.goto(address)),
    run: (script, ...args) => page.evaluate(script as never, ...(args as unknown as unknown[])) as never,
    click: (selector) => page.click(selector),
    type: (text) => page.keyboard.type(text),
    enter: () => page.keyboard.press("Enter"),
    async control(key) {
      await page.keyboard.down("Control");
      await page.keyboard.press(key as "s");
      await page.keyboard.up("Control");
    },
    forget: async () => page.deleteCookie(...(await page.cookies())),
    close: () => browser.close(),
  };
}
