/** A learner at work while her seat is restored, refreshed, stopped: what her page says of it, and what she has afterwards. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { ChangesMade } from "../../agent/contract/api.ts";
import { launchChromium } from "../support/browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { type DockerApi, startDockerApi } from "../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../support/dockerd.ts";
import { until } from "../support/until.ts";

/** Setting up takes as long as there is a file `hold` in the workspace. */
const HOLDS = "while [ -e /workspace/hold ]; do sleep 0.1; done\n";
const HEALTHY = "workshopctl set-health okay\n";
const sdks = (base: string, health = HEALTHY) => ({
  a: { "hooks/setup-base": base },
  b: { "hooks/setup-project": HOLDS, "hooks/check-health": health },
});

describe.skipIf(!canRunDocker)("a seat that changes under its learner (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  let browser: Browser;
  let mira: Desk;
  let other: Desk;

  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker, { env: { CLARATEACH_SEAT_MEMORY: "1G" } });
    await machine.want([1, 2], sdks("echo a >/opt/a\n"));
    await machine.agent.ready();
    writeFileSync(workspace(1, "plan.md"), "one\n", { mode: 0o666 });
    browser = await launchChromium();
    [mira, other] = [await sit(1), await sit(2)];
  });
  afterAll(async () => {
    await browser?.close();
    await machine?.end();
    await docker?.stop();
  });

  const workspace = (seat: number, path: string) => join(machine.agent.directory, `seats/0${seat}/disk/workspace`, path);
  const hold = () => writeFileSync(workspace(1, "hold"), "");
  const letGo = () => rmSync(workspace(1, "hold"));
  const ask = async (action: string, more: object = {}) => {
    const { status, body } = await machine.api.post("/v1/workshops", { action, seats: [1], ...more });
    expect([status, JSON.stringify(body)]).toEqual([202, expect.stringContaining("changes")]);
    return (body as ChangesMade).changes[0] ?? "";
  };
  const says = (page: Page, text: string) => page.locator("[data-seat-panel]", { hasText: text }).waitFor();
  const told = (page: Page, text: string) => page.locator('[data-notice="seat-done"]', { hasText: text }).waitFor();
  const shows = (page: Page, text: string) => until(text, async () => (await screenText(page)).includes(text));

  async function sit(seat: number): Promise<Desk> {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    page.on("dialog", (dialog) => void dialog.accept());
    await page.goto(`${machine.agent.address().url}/?token=${await machine.agent.signer.learner(machine.agent.document, seat)}`);
    const desk = await openDesk(page);
    await page.getByRole("button", { name: "Got it" }).click();
    return desk;
  }

  test("restored while she types: the panel, then another shell, her browser, her file and her unsaved text; nothing of it at another seat", async () => {
    const { page } = mira;
    await typeLine(other.page, "kept=here-$((6*7))");
    await page.getByRole("button", { name: "Open the browser" }).click();
    await page.locator("[data-screen] canvas").waitFor();
    await mira.open("plan.md");
    await page.locator(".monaco-editor.focused").waitFor();
    await page.keyboard.type("mine ");
    await typeLine(page, "lost=here; sleep 4321");
    hold();
    await ask("restore");
    await says(page, "Your instructor is restoring your seat.");
    await says(page, "Set up the project of seat 01");
    await page.keyboard.type("touch never\n");
    await page.locator("[data-link].plain", { hasText: "Being restored" }).waitFor();
    await typeLine(other.page, "echo other-$kept");
    await shows(other.page, "other-here-42");
    expect(await other.page.locator("[data-seat-panel]").innerText()).toBe("");
    letGo();
    await told(page, "Your seat was restored.");
    await page.locator(".term-notice", { hasText: "12 characters were dropped." }).waitFor();
    await page.locator('body[data-line="connected"]').waitFor();
    await typeLine(page, 'echo "[$lost]" && ls');
    await shows(page, "[]");
    expect(await screenText(page)).not.toContain("never");
    await page.locator("[data-screen] canvas:not(.still)").waitFor();
    await page.locator(".view-line", { hasText: "mine one" }).click();
    expect(readFileSync(workspace(1, "plan.md"), "utf8")).toBe("one\n");
    await page.keyboard.press("Control+s");
    await until("it to be saved", () => readFileSync(workspace(1, "plan.md"), "utf8") === "mine one\n");
  });

  test("a reload in the middle shows the panel again; a refresh that fails goes back, and is said to have changed nothing", async () => {
    const { page } = mira;
    await machine.want([1, 2], sdks("echo a2 >/opt/a\n", "workshopctl set-health --code=not-well error 'it is not well'\n"));
    hold();
    await ask("refresh");
    await says(page, "Set up the project of seat 01");
    await page.reload();
    await says(page, "Your instructor is refreshing your seat.");
    letGo();
    await told(page, "Nothing changed: the refresh failed and your seat is as it was.");
    await page.locator('body[data-line="connected"]').waitFor();
    await typeLine(page, "cat /opt/a plan.md");
    await shows(page, "mine one");
    expect(await screenText(page)).not.toContain("a2");
  });

  test("while a refresh waits for layers that can't be built she works on in the same shell, and gets back in after a reload", async () => {
    const { page } = mira;
    await typeLine(page, "kept=still-$((6*7))");
    await machine.want([1, 2], sdks("exit 3\n"));
    const change = await ask("refresh", { mode: "wait-on-error" });
    await says(page, "The refresh of your seat waits for your instructor.");
    await page.reload();
    await says(page, "The refresh of your seat waits for your instructor.");
    await page.locator('body[data-line="connected"]').waitFor();
    await typeLine(page, "echo same-$kept");
    await shows(page, "same-still-42");
    expect((await machine.api.post(`/v1/changes/${change}`, { action: "abort" })).status).toBe(200);
    await told(page, "Nothing changed:");
    await typeLine(page, "echo again-$kept");
    await shows(page, "again-still-42");
  });

  test("stopped, and started while she looks: it opens by itself, with her files", async () => {
    const { page } = mira;
    await ask("stop");
    await says(page, "It opens here by itself when your instructor starts it.");
    await page.reload();
    await says(page, "It opens here by itself when your instructor starts it.");
    await ask("start");
    await told(page, "Your seat runs again.");
    await page.locator('body[data-line="connected"]').waitFor();
    await typeLine(page, "cat plan.md");
    await shows(page, "mine one");
    await page.locator(".view-line", { hasText: "mine one" }).waitFor();
  });
});
