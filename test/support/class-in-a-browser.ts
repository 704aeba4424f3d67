import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "./desk-page.ts";
import { starterZip } from "./starter.ts";
import { until } from "./until.ts";
import type { World } from "./world.ts";

/**
 * The whole class in a real browser, in the order it happens; each test goes on where the one before ended. The same on every runtime.
 * @param open a gateway with no workshop yet
 */
export function classInABrowser(runtime: string, open: () => Promise<World>): void {
  describe(`a class on ${runtime}`, () => {
    let world: World;
    let browser: Browser;
    let portal: Page;
    let code = "";
    let mira: Desk;
    let odehash = "";

    beforeAll(async () => {
      world = await open();
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await world?.end();
    });

    test("the link that the terminal printed signs the instructor in, once", async () => {
      portal = await (await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
      await portal.goto(world.signInLink());
      await portal.getByRole("heading", { name: "No workshop yet" }).waitFor();
      const second = await browser.newPage();
      await second.goto(world.signInLink());
      await second.getByText("already used").waitFor();
      await second.close();
    });

    test("she makes a workshop with starter files; a wrong field keeps what was typed", async () => {
      await portal.getByRole("link", { name: "New workshop" }).first().click();
      await portal.getByLabel("Name").fill("Data by hand");
      await portal.getByLabel("Seats").fill("240");
      await portal.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789-0123456789");
      await portal.getByRole("button", { name: "Make the workshop" }).click();
      await portal.getByText("240 seats are too many").waitFor();
      expect(await portal.getByLabel("Name").inputValue()).toBe("Data by hand");
      await portal.getByLabel("Seats").fill("3");
      await portal.getByLabel("LLM API key").fill("sk-ant-0123456789-0123456789-0123456789");
      await portal
        .locator("#starter")
        .setInputFiles({ name: "starter.zip", mimeType: "application/zip", buffer: await starterZip() });
      await portal.getByRole("button", { name: "Make the workshop" }).click();
      await portal.getByRole("heading", { name: "Data by hand" }).waitFor();
      await portal.getByText("Created").first().waitFor();
    });

    test("she starts it and sees, without a reload, the seats come up and the code", async () => {
      await portal.evaluate(() => void Object.assign(window, { unreloaded: true }));
      await portal.getByRole("button", { name: "Start workshop" }).click();
      await portal.locator("#workshop .blackboard .let-in").getByText("Only this computer can open this workshop.").waitFor();
      await portal.locator("#workshop .blackboard").getByRole("button", { name: "Copy code" }).waitFor();
      expect(await portal.locator(".qr").count()).toBe(0);
      code = (await portal.locator(".blackboard .code").first().innerText()).replace(/\s/g, "");
      expect(code).toMatch(/^[A-Z]+-[A-Z0-9]{4}$/);
      await portal.getByRole("button", { name: "Copy code" }).first().click();
      await portal.getByText("Code copied").waitFor();
      expect(await portal.evaluate(() => "unreloaded" in window)).toBe(true);
    });

    test("a learner types the code and is at her desk; a double click takes one seat; the roster shows it", async () => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      await page.goto(`${world.url}/join`);
      await page.getByLabel("Workshop code").fill("NOPE-0000");
      await page.getByRole("button", { name: "Join", exact: true }).click();
      await page.getByText("No workshop has the code NOPE-0000").waitFor();
      await page.getByLabel("Workshop code").fill(code.toLowerCase());
      await page.getByLabel("Your name").fill("Mira Okafor");
      await page.getByRole("button", { name: "Join", exact: true }).dblclick();
      mira = await openDesk(page);
      odehash = await mira.odehash();
      await page.getByRole("button", { name: "Got it" }).click();
      await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Connected", { exact: true }).waitFor();
      const { body } = await world.api("/api/workshops");
      const [{ workshopId }] = body.workshops;
      const roster = await world.api(`/api/workshops/${workshopId}/learners`);
      expect(roster.body.learners.filter((l: { name: string }) => l.name).length).toBe(1);
    });

    test("the shell works in /workspace with the starter files, in UTF-8", async () => {
      await typeLine(mira.page, "ls; echo $((6*7)) 日本 🎓; cat data/plants.csv");
      await until("the starter files and the answer", async () => {
        const text = await screenText(mira.page);
        return text.includes("README.md") && text.includes("42 日本 🎓") && text.includes("fern,4");
      });
    });

    test("what the shell makes appears in the tree, renamed and deleted too", async () => {
      await typeLine(mira.page, "touch made-here.txt");
      await mira.row("made-here.txt").waitFor();
      await typeLine(mira.page, "mv made-here.txt moved.txt");
      await mira.row("moved.txt").waitFor();
      await mira.row("made-here.txt").waitFor({ state: "detached" });
      await typeLine(mira.page, "rm moved.txt");
      await mira.row("moved.txt").waitFor({ state: "detached" });
    });

    test("she edits in Monaco, saves with Ctrl S, and cat shows it", async () => {
      await typeLine(mira.page, "clear; echo 'print(1)' > app.py");
      await mira.open("app.py");
      await mira.page.locator(".monaco-editor .view-line").first().click();
      await mira.page.keyboard.press("Control+End");
      await mira.page.keyboard.type("print('saved by hand')");
      await mira.page.locator("[data-saved]", { hasText: "Unsaved" }).waitFor();
      await mira.page.keyboard.press("Control+s");
      await mira.page.locator("[data-saved]", { hasText: /^\s*Saved/ }).waitFor();
      await typeLine(mira.page, "clear; cat app.py");
      await until("the saved text", async () => (await screenText(mira.page)).includes("print('saved by hand')"));
    });

    test("a file that changed underneath is a conflict with both versions", async () => {
      await mira.page.locator(".monaco-editor .view-line").first().click();
      await mira.page.keyboard.type("# mine ");
      await mira.page.locator("[data-saved]", { hasText: "Unsaved" }).waitFor();
      await typeLine(mira.page, "clear; echo '# theirs' > app.py");
      await mira.page.locator("[data-conflict]", { hasText: "app.py changed on disk" }).waitFor();
      await mira.page.getByText("# theirs").first().waitFor();
      await mira.page.getByRole("button", { name: "Keep mine" }).click();
      await mira.page.locator("[data-saved]", { hasText: /^\s*Saved/ }).waitFor();
      await typeLine(mira.page, "clear; cat app.py");
      await until("my version", async () => (await screenText(mira.page)).includes("# mine"));
    });

    test("a second tab shares the session, and each says so", async () => {
      const tab = await mira.page.context().newPage();
      await tab.goto(mira.page.url());
      const other = await openDesk(tab);
      await mira.page.getByText("This seat is open in another tab too.").waitFor();
      await typeLine(other.page, "clear; echo from the $((1+1))nd tab");
      await until("the other tab's typing", async () => (await screenText(mira.page)).includes("from the 2nd tab"));
      await tab.close();
      await mira.page.getByText("This seat is open in another tab too.").waitFor({ state: "hidden" });
    });

    test("the network goes and comes: each pane says so and heals, and what was typed meanwhile arrives once", async () => {
      const context = mira.page.context();
      await typeLine(mira.page, "clear; cat > typed.txt");
      await cutSockets(world, mira);
      await mira.page.locator("[data-panel=terminal] .lost").waitFor({ state: "visible" });
      await mira.page.keyboard.type("not lost, not doubled");
      await restoreSockets(world);
      await mira.page.locator("[data-panel=terminal] .lost").waitFor({ state: "hidden" });
      await mira.page.keyboard.press("Enter");
      await mira.page.keyboard.press("Control+d");
      await typeLine(mira.page, "clear; wc -c < typed.txt; cat typed.txt");
      await until("the line, once", async () => /22\n+not lost, not doubled/.test(await screenText(mira.page)));
      expect(context.pages().length).toBe(1);
    });

    test("another browser comes back by code and reconnect code: same seat, same shell, same files", async () => {
      await typeLine(mira.page, "clear; KEPT=yes; echo history-is-$KEPT");
      await until("the shell's answer", async () => (await screenText(mira.page)).includes("history-is-yes"));
      await mira.page.context().close();
      await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Disconnected").waitFor();
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      await page.goto(`${world.url}/join`);
      await page.getByRole("link", { name: "Come back with your reconnect code" }).click();
      await page.getByLabel("Workshop code").fill(code);
      await page.getByLabel("Your reconnect code").fill(odehash);
      await page.getByRole("button", { name: "Back to my seat" }).click();
      mira = await openDesk(page);
      expect(await mira.odehash()).toBe(odehash);
      expect(await page.locator("[data-arrival]").isVisible()).toBe(false);
      await until("the history", async () => (await screenText(page)).includes("history-is-yes"));
      await typeLine(page, "echo still-$KEPT; ls");
      await until("the same shell and files", async () => {
        const text = await screenText(page);
        return text.includes("still-yes") && text.includes("app.py");
      });
    });

    test("this browser is offered to continue", async () => {
      const page = await mira.page.context().newPage();
      await page.goto(`${world.url}/join`);
      await page.getByRole("button", { name: "Continue as Mira Okafor" }).click();
      const again = await openDesk(page);
      expect(await again.odehash()).toBe(odehash);
      await page.close();
    });

    test("on a phone it is one pane with a bar of four", async () => {
      const context: BrowserContext = await browser.newContext({ viewport: { width: 390, height: 780 }, hasTouch: true });
      const page = await context.newPage();
      await page.goto(`${world.url}/join`);
      await page.getByLabel("Workshop code").fill(code);
      await page.getByLabel("Your name").fill("Jonas");
      await page.getByRole("button", { name: "Join", exact: true }).click();
      await openDesk(page);
      await page.getByRole("button", { name: "Got it" }).click();
      await page.getByRole("tab", { name: "Files" }).click();
      await page.locator("[data-tree] [role=treeitem]", { hasText: "README.md" }).click();
      await page.locator(".monaco-editor .view-line").first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await page.getByRole("tab", { name: "Terminal" }).click();
      await page.getByRole("button", { name: "Esc" }).waitFor();
      await context.close();
    });

    test("a seat freed by the instructor is wiped before the next stranger gets it", async () => {
      await portal.getByRole("button", { name: "Seat 02: more" }).click();
      await portal.locator("#menu-02").getByRole("link", { name: /Free/ }).click();
      await portal.getByRole("dialog").getByRole("button", { name: "Free seat 02" }).click();
      await until("seat 02 to be free again", async () => {
        const { status, body } = await world.api("/api/join", { method: "POST", json: { code, name: "Priya" }, anonymous: true });
        return status === 200 && body.seat === 2;
      });
    });

    test("she stops it: who is there is named, learners see it at once, the receipt says what is gone", async () => {
      await portal.getByRole("link", { name: "Stop workshop…" }).click();
      const dialog = portal.getByRole("dialog");
      await dialog.getByText("Mira Okafor").waitFor();
      await dialog.getByRole("button", { name: "Stop workshop" }).click();
      await mira.page.getByRole("heading", { name: "Workshop ended" }).waitFor();
      await mira.page
        .getByText(/Your work is in the instructor’s archive until \w+day \d+ \w+, as seat 01, Mira Okafor\./)
        .waitFor();
      await portal.getByRole("heading", { name: "Nothing is left running" }).waitFor();
      const download = portal.waitForEvent("download");
      await portal.getByRole("link", { name: /^Download/ }).click();
      const path = await (await download).path();
      const listed = Bun.spawnSync(["unzip", "-l", path]).stdout.toString();
      expect(listed).toContain("Mira Okafor");
      expect(listed).toContain("app.py");
      // By the browser's own button: nobody answers at the machine's address any more.
      const seat = mira.page.url();
      expect(fetch(seat)).rejects.toThrow();
      await mira.page.reload();
      await mira.page.waitForURL(/\/join\/ended$/);
      await mira.page.getByText("seat 01, Mira Okafor").waitFor();
      await mira.page.getByText("Your instructor kept an archive of everyone’s work until").waitFor();
      await mira.page.goto(seat);
      await mira.page.waitForURL(/\/join\/ended$/);
      await mira.page.goBack();
      await mira.page.getByRole("heading", { name: "Workshop ended" }).waitFor();
      await portal.goto(`${portal.url()}/board`);
      await portal.getByRole("heading", { name: "Nothing is left running" }).waitFor();
      const page = await browser.newPage();
      await page.goto(`${world.url}/join`);
      await page.getByLabel("Workshop code").fill(code);
      await page.getByRole("button", { name: "Join", exact: true }).click();
      await page.getByRole("heading", { name: "This workshop ended" }).waitFor();
    });

    /** The line goes: the agent stops answering, as a dead Wi-Fi does, and its sockets fall. */
    async function cutSockets(world: World, desk: Desk): Promise<void> {
      await desk.page.context().setOffline(true);
      await until("the line to be noticed as dead", async () => desk.page.locator("[data-panel=terminal] .lost").isVisible());
      expect(world.gateway().exitCode).toBeNull();
    }

    async function restoreSockets(_: World): Promise<void> {
      await mira.page.context().setOffline(false);
    }
  });
}
