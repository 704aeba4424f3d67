import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { keyboardMap } from "../../agent/previews/keyboard.ts";
import { readFaults } from "./neko/faults.ts";
import { type Neko, startNeko } from "./neko/neko.ts";
import { readSettings } from "./neko/settings.ts";
import { PATIENCE_MS } from "./until.ts";

/** A display with a browser on it, seen two ways: by a neko as live video, by a VNC server as pictures. */
export interface LiveScreen {
  neko: Neko;
  /** What the page of a seat needs of it. */
  line: { url: string; password: string };
  /** The unix socket of the VNC server. */
  vnc: string;
  /** As X names it: `:7`. */
  display: string;
  /** The page on it. */
  page: Page;
  end(): Promise<void>;
}

const PASSWORD = "hers";

export async function openLiveScreen(): Promise<LiveScreen> {
  const home = mkdtempSync(join(tmpdir(), "ct-screen-"));
  const vnc = join(home, "vnc.sock");
  // The size is neko's, for both: a viewer of pictures doesn't change it.
  const screen = Bun.spawn(
    [
      ...["Xtigervnc", "-displayfd", "1", "-rfbport", "-1", "-rfbunixpath", vnc, "-SecurityTypes", "None", "-AlwaysShared"],
      // A release that comes late on a busy computer would be one key more.
      ...["-r", "-AcceptSetDesktopSize=0", "-nolisten", "tcp", "-geometry", "1280x720", "-noreset", "-br"],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  );
  const { value } = await screen.stdout.getReader().read();
  const display = `:${new TextDecoder().decode(value).trim()}`;
  await giveKeyboard(display);
  const neko = await startNeko(
    readSettings({
      ...{ DISPLAY: display, NEKO_SERVER_BIND: "127.0.0.1:0", NEKO_SESSION_IMPLICIT_HOSTING: "true" },
      ...{ NEKO_MEMBER_MULTIUSER_USER_PASSWORD: PASSWORD, NEKO_CAPTURE_VIDEO_PIPELINES: '{"main":{"fps":"20"}}' },
    }),
    readFaults(undefined),
  );
  const shown = await browserOn(display, join(home, "profile"));
  return {
    ...{ neko, vnc, display, line: { url: neko.url, password: PASSWORD } },
    page: shown.pages()[0] ?? (await shown.newPage()),
    async end() {
      await shown.close();
      await neko.stop();
      screen.kill();
      await screen.exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The product's own: on X's some characters would have no key until one is made for them. */
async function giveKeyboard(display: string): Promise<void> {
  const compiler = Bun.spawn(["xkbcomp", "-w0", "-", display], { stdin: new Blob([keyboardMap()]), stdout: "ignore" });
  if ((await compiler.exited) !== 0) throw new Error("xkbcomp gave the screen no keyboard");
}

const browserOn = (display: string, profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    ...{ executablePath: "/usr/bin/chromium", headless: false, viewport: null, timeout: PATIENCE_MS },
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--kiosk", "--window-position=0,0", "--window-size=1280,720"],
    env: { ...process.env, DISPLAY: display },
  });
