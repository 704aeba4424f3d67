/** Flows 1, 2, 3, 5 and 6 in real browsers: portal and join page of the product, a cloud at the wire level, a VM's agent behind its own door. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { isBelieved } from "../support/believed.ts";
import { launchChromium } from "../support/browser.ts";
import { type Desk, openDesk, screenText, typeLine } from "../support/desk-page.ts";
import { type GoogleClassWorld, startGoogleClassWorld } from "../support/google-world.ts";
import { type TrustingBrowser, trustingBrowser } from "../support/trusting-browser.ts";
import { until } from "../support/until.ts";

const KEY = "sk-ant-test-0123456789-0123456789";
const TIMES = { provision: 600, stage: 600, delete: 800, change: 400 };

let world: GoogleClassWorld;
let browser: Browser;
let portal: Page;
let mira: Desk;
let learners: TrustingBrowser;
let id = "";
let code = "";
let odehash = "";
beforeAll(async () => {
  [world, browser] = await Promise.all([startGoogleClassWorld({ bootMs: 1500, times: TIMES }), launchChromium()]);
  portal = await (await browser.newContext()).newPage();
  await portal.goto(world.signInLink());
  await portal.getByRole("heading", { name: "No workshop yet" }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await learners?.close();
  await world.end();
});

const machines = () => world.google.world.history.entries.filter(({ kind }) => kind === "instance");
/** Beside the sealed key, which waits for another start. */
const leftOfIt = () => world.left().filter((each) => each.includes(id) && !each.startsWith("secret"));
const api = async () => (await world.api(`/api/workshops/${id}`)).body;

async function makeWorkshop(name: string): Promise<void> {
  await portal.goto(`${world.url}/workshops/new`);
  await portal.getByLabel("Name").fill(name);
  await portal.getByLabel("Seats").fill("2");
  await portal.getByLabel("LLM API key").fill(KEY);
  await portal.getByRole("button", { name: "Make the workshop" }).click();
  await portal.waitForURL(/\/workshops\/ws-/);
  id = portal.url().split("/").at(-1) ?? "";
  code = ((await portal.locator(".code").first().textContent()) ?? "").replace(/\s/g, "");
}

async function join(fill: (page: Page) => Promise<void>): Promise<Desk> {
  const page = await (await learners.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto(`${world.url}/join`);
  await fill(page);
  return openDesk(page);
}

test("flow 1: a workshop that was made is a sealed key in Secret Manager, and nothing else", async () => {
  const before = world.google.world.history.entries.length;
  await makeWorkshop("Data by hand");
  await portal.getByText("Created").first().waitFor();
  const made = world.google.world.history.entries.slice(before).map(({ kind, name }) => `${kind} ${name}`);
  const secret = `clarateach-${id}-llm-key`;
  expect(made).toEqual([`secret ${secret}`, `secretVersion ${secret}/versions/1`]);
  expect(world.google.world.secrets.secrets.get(secret)?.versions[0]?.data?.toString()).toBe(KEY);
  expect(await portal.content()).not.toContain(KEY);
});

test("flow 2: started, it is told what happens with the time of each step; it runs at the machine's own name", async () => {
  world.whenRunning("hangs");
  await portal.getByRole("button", { name: "Start workshop" }).click();
  await portal.locator(".head").getByText("Provisioning").waitFor();
  await portal.getByText("The machine is starting up").waitFor();
  await portal
    .locator(".task", { hasText: `clarateach-${id} boots in europe-west4-a` })
    .getByText("so far")
    .waitFor();
  world.goOn();
  const host = `${id}.ws.example.com`;
  const vm = await world.vm(`clarateach-${id}`);
  await until("its door", () => isBelieved(host, vm.httpsPort, world.pebble.root));
  const open = performance.now();
  const { endpoint } = await until("running", async () => ((await api()).status === "running" ? api() : undefined));
  console.log(`    running ${(performance.now() - open).toFixed(0)} ms after the door opened`);
  expect(endpoint).toBe(host);
  await portal.getByRole("button", { name: "Copy code" }).waitFor();
  learners = await trustingBrowser(world.pebble.root, host, vm.httpsPort);
});

test("flow 3: a learner types the code in another browser, and has a terminal by https at that name", async () => {
  mira = await join(async (page) => {
    await page.getByLabel("Workshop code").fill(code);
    await page.getByLabel("Your name").fill("Mira Okafor");
    await page.getByRole("button", { name: "Join", exact: true }).click();
  });
  expect(mira.page.url()).toBe(`https://${id}.ws.example.com/vm/01/`);
  odehash = await mira.odehash();
  await mira.page.getByRole("button", { name: "Got it" }).click();
  await typeLine(mira.page, "KEPT=yes; echo history-is-$KEPT > note; cat note");
  await until("the shell's answer", async () => (await screenText(mira.page)).includes("history-is-yes"));
  await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Connected", { exact: true }).waitFor();
});

test("the gateway is killed in mid-class and comes back: the terminal goes on meanwhile", async () => {
  await world.kill();
  await portal.getByText("ClaraTeach doesn’t answer just now.").waitFor();
  await typeLine(mira.page, "clear; echo without-$((40+2))");
  await until("the shell's answer", async () => (await screenText(mira.page)).includes("without-42"));
  expect(await mira.page.locator("[data-panel=terminal] .lost").isVisible()).toBe(false);
  await world.restart();
  await portal.getByText("ClaraTeach doesn’t answer just now.").waitFor({ state: "hidden" });
  await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Connected", { exact: true }).waitFor();
  await typeLine(mira.page, "clear; echo with-$((40+2))");
  await until("the shell's answer", async () => (await screenText(mira.page)).includes("with-42"));
  expect(await mira.page.locator("[data-panel=terminal] .lost").isVisible()).toBe(false);
});

test("flow 5: the browser closed, she comes back by code and reconnect code: same shell, same files", async () => {
  await mira.page.context().close();
  await portal.locator("tr", { hasText: "Mira Okafor" }).getByText("Disconnected").waitFor();
  mira = await join(async (page) => {
    await page.getByRole("link", { name: "Come back with your reconnect code" }).click();
    await page.getByLabel("Workshop code").fill(code);
    await page.getByLabel("Your reconnect code").fill(odehash);
    await page.getByRole("button", { name: "Back to my seat" }).click();
  });
  expect(await mira.odehash()).toBe(odehash);
  await until("the history", async () => (await screenText(mira.page)).includes("with-42"));
  await typeLine(mira.page, "clear; echo still-$KEPT; ls");
  await until("the same shell and files", async () => /still-yes\n+note/.test(await screenText(mira.page)));
});

test("flow 6: stopped, the learner is told at once and can't come back; the receipt names all, and nothing is left", async () => {
  await portal.getByRole("link", { name: "Stop workshop…" }).click();
  await portal.getByRole("dialog").getByRole("button", { name: "Stop workshop" }).click();
  await mira.page.getByRole("heading", { name: "Workshop ended" }).waitFor();
  await portal.getByRole("heading", { name: "Nothing is left running" }).waitFor();
  const receipt = portal.locator(".receipt");
  for (const line of [`clarateach-${id}`, `${id}.ws.example.com`, "sealed API key"])
    expect(await receipt.innerText()).toContain(line);
  expect(world.left()).toEqual([]);
  await mira.page.reload();
  await mira.page.waitForURL(/\/join\/ended/);
  const again = await (await learners.browser.newContext()).newPage();
  await again.goto(`${world.url}/join`);
  await again.getByRole("link", { name: "Come back with your reconnect code" }).click();
  await again.getByLabel("Workshop code").fill(code);
  await again.getByLabel("Your reconnect code").fill(odehash);
  await again.getByRole("button", { name: "Back to my seat" }).click();
  await again.getByRole("heading", { name: "This workshop ended" }).waitFor();
});

test("stopped while its machine boots: no learner ever came, and nothing is left", async () => {
  world.whenRunning("hangs");
  await makeWorkshop("Changed her mind");
  await portal.getByRole("button", { name: "Start workshop" }).click();
  await until("the machine", () => machines().some(({ name, gone }) => !gone && name.endsWith(id)));
  await portal.getByRole("link", { name: "Stop workshop…" }).click();
  await portal.getByRole("dialog").getByRole("button", { name: "Stop workshop" }).click();
  await portal.getByRole("heading", { name: "Nothing is left running" }).waitFor();
  expect(world.left()).toEqual([]);
});

test("no zone has room: she is told which were asked and what to do, and starts again when there is", async () => {
  world.goOn();
  const { compute } = world.google.world;
  for (const zone of world.google.world.zones) compute.exhausted.set(zone, { details: true });
  await makeWorkshop("Full house");
  await portal.getByRole("button", { name: "Start workshop" }).click();
  await portal.getByText("The workshop did not start.").waitFor();
  await portal
    .getByText("Google Cloud has no room for another machine (e2-standard-8) now in europe-west4-a or europe-west4-b.")
    .waitFor();
  // Said once, and not again at each step that was cut short.
  expect(await portal.getByText("has no room").count()).toBe(1);
  expect(leftOfIt()).toEqual([]);
  compute.exhausted.clear();
  await portal.getByRole("button", { name: "Start again" }).click();
  await portal.getByRole("button", { name: "Copy code" }).waitFor();
});

test("a quota that is used up is told with its name and where to raise it", async () => {
  const { compute } = world.google.world;
  compute.quotas.set("CPUS", 4);
  await makeWorkshop("Too big");
  await portal.getByRole("button", { name: "Start workshop" }).click();
  await portal.getByText("The workshop did not start.").waitFor();
  await portal.getByText("project p1-classes may use 4 CPUS in europe-west4, and this machine would be more.").waitFor();
  expect(machines().filter(({ name, gone }) => name.endsWith(id) && !gone)).toEqual([]);
  compute.quotas.set("CPUS", 6000);
});

test("a machine that never comes up is told with its last lines", async () => {
  world.whenRunning("halts");
  await makeWorkshop("Halted");
  await portal.getByRole("button", { name: "Start workshop" }).click();
  await portal.getByText("The workshop did not start.").waitFor();
  await portal.getByText("it stopped by itself in europe-west4-a").waitFor();
  await portal.locator("pre", { hasText: "this machine can't learn what it is for" }).waitFor();
  expect(leftOfIt()).toEqual([]);
});
