import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { CLOSE } from "../../../../../agent/contract/close.ts";
import { launchChromium } from "../../../../support/browser.ts";
import { terminalPage } from "../../../../support/terminal-page.ts";
import { type TerminalServer, terminalServer } from "../../../../support/terminal-server.ts";
import { type TmuxSeat, tmuxSeat } from "../../../../support/tmux-seat.ts";
import { until } from "../../../../support/until.ts";

let browser: Browser;
let serve: (request: Request) => Response;
let seat: TmuxSeat;
let server: TerminalServer;
let context: BrowserContext;

beforeAll(async () => {
  serve = await terminalPage();
  browser = await launchChromium({ args: [] });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  seat = tmuxSeat();
  server = terminalServer(seat, serve);
  context = await browser.newContext({ viewport: { width: 900, height: 500 } });
});
afterEach(async () => {
  await context.close();
  await server.end();
  seat.end();
});

async function opened(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(server.url);
  await state(page, "connected");
  await shows(page, "$");
  return page;
}

const text = (page: Page): Promise<string> => page.evaluate(() => window.pane.text());
const state = (page: Page, wanted: string) =>
  until(`state ${wanted}`, async () => (await page.evaluate(() => window.states.at(-1))) === wanted);

async function shows(page: Page, wanted: string | RegExp): Promise<void> {
  let seen = "";
  const there = async () => {
    seen = await text(page);
    return typeof wanted === "string" ? seen.includes(wanted) : wanted.test(seen);
  };
  await until(`the terminal to show ${wanted}`, there).catch((error) => {
    throw new Error(`${error.message}; it shows:\n${seen}`);
  });
}

async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command);
  await page.keyboard.press("Enter");
}

/** What the shell wrote into a file of the seat, once it is `size` long. */
const written = (name: string, size: number) =>
  until(`${size} bytes in ${name}`, async () => {
    const file = Bun.file(join(seat.directory, name));
    return (await file.exists()) && file.size >= size && file.text();
  });

const paste = (page: Page, pasted: string) =>
  page.evaluate((data) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", data);
    document
      .querySelector("textarea")
      ?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, pasted);

test("typing, colours, emoji, and a size that follows the window", async () => {
  const page = await opened();
  await run(page, "echo $((6*7)) 'Grüße 日本 🌱'");
  await shows(page, "42 Grüße 日本 🌱");
  await page.setViewportSize({ width: 700, height: 400 });
  await run(page, "while sleep 0.1; do stty size; done");
  const size = await page.evaluate(() => (document.querySelector(".xterm-rows")?.children.length ?? 0).toString());
  await shows(page, new RegExp(`^${Number(size) > 0 ? size : "\\d+"} [5-9]\\d$`, "m"));
  await page.keyboard.press("Control+c");
});

test("a paste of 200 kB arrives whole, its control characters don't", async () => {
  const page = await opened();
  await run(page, "cat > pasted");
  await until("cat to read", () => seat.tmux("list-panes", "-F", "#{pane_current_command}").includes("cat"));
  const line = "0123456789 äöü 🌱 abcdefghijklmnopqrstuvwxyz\n";
  const big = line.repeat(Math.ceil(200_000 / new TextEncoder().encode(line).length));
  await paste(page, `\x1b[201~\x03${big}`);
  await page.keyboard.press("Control+d");
  const expected = `[201~${big}`;
  const got = await written("pasted", new TextEncoder().encode(expected).length);
  // The shell's line editor asks for pastes in brackets; that `cat` doesn't may reach the page after the paste.
  expect(String(got).replace("\x1b[200~", "").replace("\x1b[201~", "") === expected).toBe(true);
});

test("a paste beyond the limit is refused with a sentence, and nothing of it is typed", async () => {
  const page = await opened();
  await paste(page, "x".repeat(1024 * 1024 + 1));
  const notice = page.locator(".term-notice");
  await notice.waitFor();
  expect(await notice.textContent()).toContain("more than the terminal takes at once (1 MB)");
  await run(page, "echo still-$((1+1))");
  await shows(page, "still-2");
  expect(await text(page)).not.toContain("xxxx");
});

test("the line is cut in the middle of typing, again and again: nothing is lost, nothing comes twice", async () => {
  const page = await opened();
  await run(page, "stty raw -echo; head -c 400 > typed; stty sane");
  await until("cat to read", () => seat.tmux("list-panes", "-F", "#{pane_current_command}").includes("head"));
  let expected = "";
  for (let i = 0; i < 100; i++) {
    const piece = String(1000 + i);
    expected += piece;
    await page.keyboard.type(piece);
    if (i % 12 === 5) {
      await state(page, "connected");
      server.sockets[0]?.terminate();
    }
    if (i % 40 === 20) server.restart();
  }
  await state(page, "connected");
  expect(await written("typed", 400)).toBe(expected);
  expect(await page.evaluate(() => window.states.filter((is) => is === "reconnecting").length)).toBeGreaterThan(3);
  // The repaint after a cut asks the terminal what it is; no answer of an earlier connection may be at the prompt.
  // Typed before the shell reads, the kernel would show it once more.
  await until("the shell", () => seat.tmux("list-panes", "-F", "#{pane_current_command}").includes("sh"));
  await shows(page, /^\$$/m);
  await run(page, "echo clean");
  await shows(page, /^\$ echo clean\nclean/m);
});

test("a dead line is noticed by what isn't acknowledged, and healed", async () => {
  const page = await opened();
  // Nothing is heard of this socket any more, and nothing said: a network that swallows packets.
  const [socket] = server.sockets;
  if (socket) socket.data.handler = { message() {}, drain() {}, close() {} };
  await run(page, "echo alive-$((2+3))");
  await until("the page to come again", () => page.evaluate(() => window.states.includes("reconnecting")));
  await state(page, "connected");
  await shows(page, "alive-5");
  expect((await text(page)).match(/alive-5/g)?.length).toBe(1);
});

test("what a program copies reaches the clipboard; nobody can read it", async () => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await opened();
  await run(page, "printf '\\033]52;c;%s\\a' $(printf 'from tmux: äöü' | base64)");
  await until(
    "the clipboard to have it",
    async () => (await page.evaluate(() => navigator.clipboard.readText())) === "from tmux: äöü",
  );
  await page.evaluate(() => navigator.clipboard.writeText("my password"));
  await run(
    page,
    "printf '\\033Ptmux;\\033\\033]52;c;?\\a\\033\\\\'; printf '\\033]52;c;?\\a'; sleep 0.2; echo; echo asked-$((1+2))",
  );
  await shows(page, "asked-3");
  expect(await text(page)).not.toContain(btoa("my password").slice(0, 8));
});

test("a selection by the mouse is copied by tmux", async () => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await opened();
  await run(page, "clear; echo pick-this-word-out");
  await shows(page, /^pick-this-word-out/m);
  const row = (await text(page)).split("\n").findIndex((line) => line.startsWith("pick-this"));
  const box = await page.locator(".xterm-screen").boundingBox();
  const rows = await page.evaluate(() => window.pane.text().split("\n").length);
  expect(rows).toBeGreaterThan(0);
  const height = (box?.height ?? 0) / Number(seat.tmux("display-message", "-p", "-t", "main", "#{window_height}"));
  const width = (box?.width ?? 0) / Number(seat.tmux("display-message", "-p", "-t", "main", "#{window_width}"));
  const [x, y] = [box?.x ?? 0, (box?.y ?? 0) + (row + 0.5) * height];
  await page.mouse.move(x + 0.3 * width, y);
  await page.mouse.down();
  await page.mouse.move(x + 5 * width, y);
  await page.mouse.move(x + 8.5 * width, y);
  await page.mouse.up();
  await until("the clipboard to have the selection", async () =>
    (await page.evaluate(() => navigator.clipboard.readText())).startsWith("pick-thi"),
  );
});

test("where the browser doesn't let a page copy, a button does", async () => {
  const page = await context.newPage();
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    const real = document.execCommand.bind(document);
    // As a browser does without a person's click.
    document.execCommand = (name) => (navigator.userActivation.isActive && window.event?.type === "click" ? real(name) : false);
  });
  await page.goto(server.url);
  await state(page, "connected");
  await shows(page, "$");
  await run(page, "printf '\\033]52;c;%s\\a' $(printf copied-by-button | base64)");
  const button = page.locator(".term-notice button");
  await button.click();
  await until("the notice to leave", async () => !(await page.locator(".term-notice").isVisible()));
  // The focus is with the terminal again or still on the page's button that is gone; typing goes on after one click.
  await page.locator("#host").click();
  await page.keyboard.press("Control+Shift+V");
  await shows(page, "copied-by-button");
});

test("two tabs: both show the same, both know of each other", async () => {
  const [one, two] = [await opened(), await opened()];
  await until("both to count two", async () =>
    (await Promise.all([one, two].map((page) => page.evaluate(() => window.viewers)))).every((count) => count === 2),
  );
  await one.bringToFront();
  await run(one, "echo both-$((3*3))");
  await shows(two, "both-9");
  await two.close();
  await until("the first to be alone", async () => (await one.evaluate(() => window.viewers)) === 1);
});

test("the search finds a line 5,000 up, walks, counts, copies and leaves by Esc", async () => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await opened();
  await run(page, "seq -f 'line %.0f of the log' 1 6000; echo done-$((1+1))");
  await shows(page, "done-2");
  await page.keyboard.press("Control+Shift+F");
  await page.keyboard.type("line 1000 of");
  const count = page.locator(".term-search output");
  await until("one match", async () => (await count.textContent()) === "1 of 1");
  await page.keyboard.press("Control+Shift+C");
  await until(
    "the match on the clipboard",
    async () => (await page.evaluate(() => navigator.clipboard.readText())) === "line 1000 of",
  );
  await page.locator(".term-search input").fill("nowhere to be found");
  await until("no match", async () => (await count.textContent()) === "Not found");
  await page.locator(".term-search input").fill("line 59");
  await until("many matches", async () => /^\d+ of 1\d\d$/.test((await count.textContent()) ?? ""));
  const last = await count.textContent();
  await page.keyboard.press("Enter");
  await until("the one before", async () => (await count.textContent()) !== last);
  await page.keyboard.press("Escape");
  await until("the search to be gone", async () => (await page.locator(".term-search").count()) === 0);
  await run(page, "echo back-$((1+1))");
  await shows(page, "back-2");
});

test("a flood stops at Ctrl-C", async () => {
  const page = await opened();
  await run(page, "yes 01234567890123456789");
  await shows(page, /(01234567890123456789\n){5}/);
  await page.keyboard.press("Control+c");
  await run(page, "echo stopped-$((2*2))");
  await shows(page, "stopped-4");
});

test("the shell ends; Enter brings a new one", async () => {
  const page = await opened();
  await run(page, "exit");
  await state(page, "exited");
  await shows(page, "The shell ended. Press Enter for a new one.");
  await page.keyboard.press("Enter");
  await state(page, "connected");
  await run(page, "echo new-$((1+1))");
  await shows(page, "new-2");
});

test("keys that phones lack, and those that stay with the page", async () => {
  const page = await opened();
  await page.evaluate(() =>
    document.addEventListener("keydown", ({ key }) => {
      if (key === "F6") document.title = key;
    }),
  );
  await page.keyboard.press("F6");
  expect(await page.title()).toBe("F6");
  await run(page, "echo first-$((1+1))");
  await shows(page, "first-2");
  await page.locator('[data-key="ArrowUp"]').click();
  await page.keyboard.press("Enter");
  await shows(page, /first-2\n.*\nfirst-2/);
  await run(page, "sleep 1000");
  await page.locator('[data-key="Ctrl"]').click();
  expect(await page.locator('[data-key="Ctrl"]').getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.type("c");
  expect(await page.locator('[data-key="Ctrl"]').getAttribute("aria-pressed")).toBe("false");
  await run(page, "echo after-$((1+1))");
  await shows(page, "after-2");
});

test("a link is pressed and told to the page", async () => {
  const page = await opened();
  await run(page, "clear; echo http://localhost:3000/hello");
  await shows(page, /^http:\/\/localhost:3000\/hello/m);
  const row = (await text(page)).split("\n").findIndex((line) => line.startsWith("http://"));
  const box = await page.locator(".xterm-screen").boundingBox();
  const height = (box?.height ?? 0) / Number(seat.tmux("display-message", "-p", "-t", "main", "#{window_height}"));
  const at = { x: (box?.x ?? 0) + 40, y: (box?.y ?? 0) + (row + 0.5) * height };
  await until("the link to be told", async () => {
    await page.mouse.move(at.x + 10, at.y);
    await page.mouse.move(at.x, at.y);
    await page.mouse.click(at.x, at.y);
    return (await page.evaluate(() => window.links)).includes("http://localhost:3000/hello");
  });
});

test("the workshop's end is final", async () => {
  const page = await opened();
  for (const socket of [...server.sockets]) {
    socket.send(JSON.stringify({ type: "ended" }));
    socket.close(CLOSE.ENDED, "The workshop has ended.");
  }
  await state(page, "ended");
});
