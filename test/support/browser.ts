import type { LaunchOptions } from "playwright-core";

/** Debian's Chromium, quiet: nothing of it looks for a network of its own. */
export const CHROMIUM: LaunchOptions = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-3d-apis", // xterm then draws rows of text, which a test can read
  ],
};
