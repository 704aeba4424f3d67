import { Builder, Capabilities, Key } from "selenium-webdriver";
import { until } from "../until.ts";
import { freePort } from "../world.ts";
import type { Driver } from "./driver.ts";

/** Debian names the folder after the processor. */
const BROWSER = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;
/** Its own bars stand above the page. */
const BARS_PX = 38;

/** Debian's WebKitGTK, the engine of Safari, by its own WebDriver on a screen of its own. */
export async function startWebkit(): Promise<Driver> {
  const port = await freePort();
  const driver = Bun.spawn(
    ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24 -nolisten tcp", "WebKitWebDriver", `--port=${port}`],
    {
      // Root can't build WebKit's sandbox; the pages are ours.
      env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LIBGL_ALWAYS_SOFTWARE: "1" },
      stdout: "ignore",
      stderr: "ignore",
      detached: true,
    },
  );
  const address = `http://127.0.0.1:${port}`;
  await until("WebKit's driver", () =>
    fetch(`${address}/status`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const browser = await new Builder()
    .usingServer(address)
    .withCapabilities(
      new Capabilities({
        browserName: "MiniBrowser",
        unhandledPromptBehavior: "accept",
        "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation", "--enable-webgl=false"] },
      }),
    )
    .build();
  await browser
    .manage()
    .window()
    .setRect({ x: 0, y: 0, width: 1280, height: 800 + BARS_PX });
  return {
    name: "WebKit",
    open: (to) => browser.get(to),
    run: (script, ...args) => browser.executeScript(`return (${script}).apply(null, arguments)`, ...args),
    click: (selector) => browser.findElement({ css: selector }).click(),
    type: (text) => browser.actions().sendKeys(text).perform(),
    enter: () => browser.actions().sendKeys(Key.ENTER).perform(),
    control: (key) => browser.actions().keyDown(Key.CONTROL).sendKeys(key).keyUp(Key.CONTROL).perform(),
    forget: () => browser.manage().deleteAllCookies(),
    async close() {
      await browser.quit();
      // xvfb-run ends its screen when its program ends.
      process.kill(-driver.pid, "SIGTERM");
      await driver.exited;
    },
  };
}
