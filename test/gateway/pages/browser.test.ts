import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Problem } from "../../../agent/contract/errors.ts";
import { expectedCost } from "../../../gateway/workshops/costs.ts";
import { openCosts } from "../../../provision/gce/costs.ts";
import { SETTINGS } from "../../provision/gce/settings.ts";
import { launchChromium } from "../../support/browser.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop, SESSION } from "../../support/paper-services.ts";
import { starterZip } from "../../support/starter.ts";
import { until } from "../../support/until.ts";

let browser: Browser;
let pages: Pages;
let context: BrowserContext;
let page: Page;
/** Stands for a learner's machine: another origin. */
const machine = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("the seat") });

beforeAll(async () => {
  browser = await launchChromium();
});
beforeEach(async () => {
  pages = await startPages();
  pages.enter = async () => `http://127.0.0.1:${machine.port}/?token=abc`;
  await open();
});
afterEach(async () => {
  await context.close();
  await pages.end();
});
afterAll(async () => {
  await browser.close();
  await machine.stop(true);
});

async function open(options: { javaScriptEnabled?: boolean; signedIn?: boolean } = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({ javaScriptEnabled: options.javaScriptEnabled ?? true });
  const [name = "", value = ""] = SESSION.split("=");
  if (options.signedIn ?? true) await context.addCookies([{ name, value, url: pages.url }]);
  page = await context.newPage();
}

const entered = () => pages.calls.filter((call) => call.startsWith("enter("));
const running = () => {
  const workshop = paperWorkshop();
  pages.workshops.set(workshop.id, workshop);
  return workshop;
};

test("seats come up, the code appears and learners come and go without the page being loaded again", async () => {
  const workshop = Object.assign(running(), {
    state: "provisioning",
    learners: [],
    progress: { ready: 1, total: 2, fraction: 0.5 },
    seats: [
      { seat: 1, session: "free", build: "ready", fraction: 1, wiping: false },
      { seat: 2, session: "free", build: "working", fraction: 0.4, wiping: false },
    ],
  } as const);
  await page.goto(`${pages.url}/workshops/${workshop.id}`);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await page.getByText("1 of 2 seats are ready").waitFor();
  expect(await page.locator('.seat.big[data-is="working"]').textContent()).toBe("02");
  pages.workshops.set(workshop.id, paperWorkshop());
  pages.changed();
  await page.getByRole("heading", { name: "Learners" }).waitFor();
  expect(await page.locator(".blackboard .code").textContent()).toBe("CLARA-7K3M");

  // A menu that is open, and rows, stay where they are while the part is swapped.
  await page.getByRole("button", { name: "Seat 01: more" }).click();
  await page.locator("#menu-01").waitFor({ state: "visible" });
  const before = await page.locator("#seat-01").boundingBox();
  const next = paperWorkshop();
  next.learners = [
    { ...next.learners[0], seat: 1, name: "Mira", session: "disconnected", since: next.createdAt, viewers: 0, odehash: "7k3fp" },
    { seat: 2, name: "Jonas", session: "assigned", since: next.createdAt, viewers: 0, odehash: "abcde" },
  ];
  pages.workshops.set(workshop.id, next);
  pages.changed();
  await page.locator("#seat-02").getByText("Jonas").waitFor();
  expect(await page.locator("#seat-01 .state").textContent()).toBe("Disconnected");
  expect(await page.locator("#seat-01").boundingBox()).toEqual(before);
  expect(await page.locator("#menu-01").isVisible()).toBe(true);
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("stop asks in a dialog that starts on the safe button; Esc goes back to where one was", async () => {
  running();
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  const stop = page.getByRole("link", { name: "Stop workshop…" });
  await stop.click();
  const dialog = page.getByRole("dialog", { name: "Stop this workshop?" });
  await dialog.waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keep it running");
  expect(await dialog.getByText("Mira").isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Stop workshop…");
  await stop.click();
  await dialog.getByRole("button", { name: "Keep it running" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(pages.calls).toEqual([]);
  await stop.click();
  await dialog.getByRole("checkbox").uncheck();
  await dialog.getByRole("button", { name: "Stop workshop" }).click();
  await page.getByText("Stopping", { exact: true }).waitFor();
  expect(pages.calls).toEqual(['stop("ws-k4m9p2",{"keepWork":false,"waitSeconds":0})']);
});

test("the stop question says who is connected now, not who was when it opened", async () => {
  running();
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  await page.getByRole("link", { name: "Stop workshop…" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop this workshop?" });
  await dialog.getByText("1 learner is still connected").waitFor();
  await until("the page to watch", () => pages.watchers() === 1);
  const next = paperWorkshop();
  const { createdAt: since } = next;
  next.learners.push({ seat: 2, name: "Jonas", session: "connected", since, viewers: 1, odehash: "abcde" });
  pages.workshops.set(next.id, next);
  pages.changed();
  await dialog.getByText("2 learners are still connected").waitFor();
  expect(await dialog.getByText("Jonas").isVisible()).toBe(true);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Keep it running");
});

test("a short API key looks cut off, and is taken all the same", async () => {
  await page.goto(`${pages.url}/workshops/new`);
  const doubt = page.getByText("This looks cut off.");
  const key = page.getByLabel("LLM API key");
  await key.fill("sk-ant-0123456789-0123456789");
  expect(await doubt.isVisible()).toBe(false);
  await key.fill("my-gateway");
  await doubt.waitFor({ state: "visible" });
  await page.getByLabel("Name", { exact: true }).fill("First steps");
  await page.getByRole("button", { name: "Make the workshop" }).click();
  await until("the workshop", () => pages.calls.some((call) => call.includes('"apiKey":"my-gateway"')));
});

test("a seat is freed from its row, by keyboard alone", async () => {
  running();
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  await page.getByRole("button", { name: "Seat 01: more" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#menu-01").waitFor({ state: "visible" });
  expect(await page.locator("#menu-01").textContent()).toContain("7k3fp");
  await page.getByRole("link", { name: "Free seat 01…" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Free seat 01?" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until("the seat to be freed", () => pages.calls.includes('freeSeat("ws-k4m9p2",1)'));
  await page.getByRole("dialog", { name: "Free seat 01?" }).waitFor({ state: "detached" });
});

test("a workshop for this computer alone shows no QR code, but how a room gets in; one with a public name does", async () => {
  const workshop = running();
  const shown = async (path: string) => {
    await page.goto(`${pages.url}/workshops/${workshop.id}${path}`);
    return [await page.locator(".qr").first().isVisible(), await page.locator(".let-in").first().isVisible()];
  };
  expect([await shown(""), await shown("/board")]).toEqual([
    [true, false],
    [true, false],
  ]);
  // Seats decide: a join page that the room can open would send it to seats that it can't.
  for (const url of ["http://localhost:4101", "http://127.0.0.1:4101", "http://[::1]:4101"]) {
    workshop.url = url;
    expect([url, await shown(""), await shown("/board")]).toEqual([url, [false, true], [false, true]]);
  }
  await page.getByText("sudo ./scripts/start --runtime docker --domain class.example.org").waitFor();
});

test("code and link are copied and a toast says so; the board fills the screen until Esc", async () => {
  running();
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: pages.url });
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Link copied. Whoever opens it joins this workshop.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("https://class.example.org/join?code=CLARA-7K3M");
  await page.getByRole("link", { name: "Show on the whole screen" }).click();
  const wall = page.locator("dialog#wall");
  await wall.waitFor({ state: "visible" });
  const size = await wall.boundingBox();
  expect([size?.x, size?.y, size?.width]).toEqual([0, 0, await page.evaluate(() => innerWidth)]);
  pages.changed();
  await page.keyboard.press("Escape");
  await wall.waitFor({ state: "hidden" });
});

test("light or dark is chosen by the button and known before the next page is drawn", async () => {
  await page.goto(`${pages.url}/join`);
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const button = page.getByRole("button", { name: /^Theme/ });
  const seen = [await theme()];
  for (let i = 0; i < 3; i++) {
    await button.click();
    seen.push(await theme());
  }
  expect(seen).toEqual([undefined, "light", "dark", undefined]);
  await button.click();
  await page.reload();
  expect(await theme()).toBe("light");
  expect(await button.getAttribute("aria-label")).toBe("Theme: light");
});

test("a double click on Join is one join, and leads to the machine", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  pages.enter = async () => {
    await held;
    return `http://127.0.0.1:${machine.port}/?token=abc`;
  };
  await page.goto(`${pages.url}/join?code=CLARA-7K3M`);
  await page.getByLabel("Your name").fill("Mira");
  await page.getByRole("button", { name: "Join" }).dblclick();
  await until("the join to arrive", () => entered().length > 0);
  release();
  await page.waitForURL(`http://127.0.0.1:${machine.port}/?token=abc`);
  expect(entered()).toHaveLength(1);
});

test("a wrong code is said at its field, the name stays, and after too many the form rests", async () => {
  pages.enter = async ({ code }) => {
    throw new Problem("NOT_FOUND", `No workshop has the code ${code}. Compare it with the board, letter by letter.`);
  };
  await page.goto(`${pages.url}/join`);
  await page.getByLabel("Workshop code").fill("CLARA-7K3N");
  await page.getByLabel("Your name").fill("Mira");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByText("No workshop has the code CLARA-7K3N.").waitFor();
  expect(await page.getByLabel("Workshop code").getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByLabel("Your name").inputValue()).toBe("Mira");
  pages.enter = async () => {
    throw new Problem("RATE_LIMITED", "Too many.", { retryAfterSeconds: 2 });
  };
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: /Join in \d s/ }).waitFor();
  expect(await page.getByRole("button", { name: /Join in/ }).isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Join", exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Join", exact: true }).isEnabled()).toBe(true);
});

test("who is early waits and gets in by itself", async () => {
  pages.waiting = { name: "First steps", door: "soon", seats: [{ seat: 1, is: "working" }] };
  pages.enter = async () => {
    if (pages.waiting?.door === "soon") throw new Problem("NOT_RUNNING", "Not yet.");
    return `http://127.0.0.1:${machine.port}/?token=abc`;
  };
  await page.goto(`${pages.url}/join?code=CLARA-7K3M`);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("heading", { name: "You are early" }).waitFor();
  pages.waiting = { name: "First steps", door: "open", seats: [{ seat: 1, is: "ready" }] };
  await page.waitForURL(`http://127.0.0.1:${machine.port}/?token=abc`);
  expect(entered()).toHaveLength(2);
});

test("the one-time link signs in by its fragment, which leaves the address", async () => {
  await open({ signedIn: false });
  await page.goto(`${pages.url}/sign-in#${pages.secret}`);
  await page.waitForURL(`${pages.url}/`);
  await page.getByRole("heading", { name: "No workshop yet" }).waitFor();
  await page.goBack().catch(() => undefined);
  expect(page.url()).not.toContain(pages.secret);
});

test("a one-time link pasted while the page for signing in is open signs in too", async () => {
  await open({ signedIn: false });
  await page.goto(`${pages.url}/sign-in`);
  await page.goto(`${pages.url}/sign-in#${pages.secret}`);
  await page.getByRole("heading", { name: "No workshop yet" }).waitFor();
});

test("a click that leaves the key's field hits what it was aimed at, though what is said of the key moves it", async () => {
  await page.goto(`${pages.url}/workshops/new`);
  const key = page.getByLabel("LLM API key");
  await key.fill("sk-ant-0123456789-0123456789");
  const own = page.getByLabel("A definition of your own");
  await own.scrollIntoViewIfNeeded();
  const { x = 0, y = 0 } = (await own.boundingBox()) ?? {};
  await page.mouse.move(x + 5, y + 5);
  await page.mouse.down();
  // The field is left, and whatever that changes was drawn.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.mouse.up();
  expect(await own.isChecked()).toBe(true);
  await page.getByText("This key works").waitFor();
});

test("a workshop is made, and a refused form keeps the chosen file", async () => {
  const archive = await starterZip();
  await page.goto(`${pages.url}/workshops/new`);
  await page.getByLabel("Name").fill("Data by hand");
  await page.getByLabel("Seats").fill("240");
  await page.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789");
  await page.getByLabel("Starter files").setInputFiles({ name: "a.zip", mimeType: "application/zip", buffer: archive });
  await page.getByRole("button", { name: "Make the workshop" }).click();
  await page.getByText("240 seats are too many: use 1 to 99.").waitFor();
  expect(await page.getByLabel("Starter files").evaluate((input: HTMLInputElement) => input.files?.[0]?.name)).toBe("a.zip");
  await page.getByLabel("Seats").fill("4");
  await page.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789");
  await page.getByRole("button", { name: "Make the workshop" }).click();
  await page.waitForURL(`${pages.url}/workshops/ws-new001`);
  expect(pages.calls.at(-1)).toBe(`putStarter("ws-new001","a.zip",${archive.length})`);
});

test("a definition's problems lead to their lines by the keyboard; its text can be taken from a file", async () => {
  await page.goto(`${pages.url}/workshops/new`);
  expect(await page.getByText("Node.js 24").first().isVisible()).toBe(true);
  await page.getByLabel("A definition of your own").check();
  const text = page.getByLabel("workshop.yaml", { exact: true });
  const buffer = Buffer.from("name: first\nbase: debian@12\n\nsdks:\n  - name: ndoe\n");
  await page.getByLabel("Or a file").setInputFiles({ name: "class.yaml", mimeType: "text/yaml", buffer });
  await until("its text is in the field", async () => (await text.inputValue()) === buffer.toString());
  await page.locator("#definition-found").getByText("There is no SDK “ndoe”").waitFor();
  await page.getByLabel("Name").fill("Data by hand");
  await page.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789");
  await page.getByRole("button", { name: "Make the workshop" }).click();
  await page.getByText("The workshop was not made.").waitFor();
  await page.getByRole("link", { name: "Line 5" }).press("Enter");
  expect(
    await text.evaluate((area: HTMLTextAreaElement) => [
      document.activeElement === area,
      area.value.slice(area.selectionStart, area.selectionEnd),
    ]),
  ).toEqual([true, "ndoe"]);
  await page.keyboard.type("node");
  await page.getByText("“first” is fine.").waitFor();
  await page.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789");
  await page.getByRole("button", { name: "Make the workshop" }).click();
  await page.waitForURL(`${pages.url}/workshops/ws-new001`);
  expect(pages.calls[0]).toContain("- name: node");
});

test("without scripts: join, the question as a page, stop", async () => {
  running();
  await open({ javaScriptEnabled: false });
  await page.goto(`${pages.url}/workshops/ws-k4m9p2`);
  await page.getByRole("link", { name: "Stop workshop…" }).click();
  await page.getByRole("heading", { name: "Stop this workshop?" }).waitFor();
  await page.getByRole("button", { name: "Stop workshop" }).click();
  await page.waitForURL(`${pages.url}/workshops/ws-k4m9p2`);
  expect(pages.calls).toEqual(['stop("ws-k4m9p2",{"keepWork":true,"waitSeconds":0})']);
  await page.goto(`${pages.url}/join?code=CLARA-7K3M`);
  expect(await page.getByRole("button", { name: "Theme" }).isVisible()).toBe(false);
  await page.getByRole("button", { name: "Join" }).click();
  await page.waitForURL(`http://127.0.0.1:${machine.port}/?token=abc`);
});

test("the cost in the form follows seats and hours, what it is made of stays open, and nothing else typed is sent for it", async () => {
  pages.services.workshops.cost = (wish) => expectedCost(openCosts(SETTINGS), wish);
  const asked: string[] = [];
  await page.goto(`${pages.url}/workshops/new`);
  page.on("request", (request) => request.url().includes("/workshops/cost") && asked.push(new URL(request.url()).search));
  await page.fill("#apiKey", "sk-ant-0123456789-0123456789-0123456789");
  await page.click("#new-cost summary");
  await page.fill("#seats", "30");
  await page.locator("#new-cost", { hasText: "about $3.70, without traffic" }).waitFor();
  await page.selectOption("#hours", "12");
  await page.locator("#new-cost", { hasText: "about $11, without traffic" }).waitFor();
  expect(await page.locator("#new-cost li", { hasText: "3 machines, e2-standard-8 in europe-west4" }).isVisible()).toBe(true);
  await page.fill("#seats", "");
  await until("no cost of nothing", async () => (await page.textContent("#new-cost"))?.trim() === "");
  await page.fill("#seats", "10");
  await page.locator("#new-cost", { hasText: "about $3.70, without traffic" }).waitFor();
  expect(asked.some((search) => search.startsWith("?seats=30&hours=12"))).toBe(true);
  expect(asked.join()).not.toContain("sk-ant");
});
