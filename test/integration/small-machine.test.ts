/** A machine that has too little for a class: said when a workshop is made, and a start that fails for all seats says why once. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../support/dockerd.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const KEY = "sk-ant-test-0123456789-0123456789";

if (!canRunDocker) {
  test.skip("a small machine: needs root, dockerd and iptables", () => {});
} else {
  let docker: PrivateDocker;
  let world: World;
  let data: string;
  let browser: Browser;
  beforeAll(async () => {
    docker = await startDocker();
    data = await mkdtemp(join(tmpdir(), "ct-small-"));
    // 2 GiB stay free, a tenth of the rest is 204 MiB.
    await $`mount -t tmpfs -o size=4g none ${data}`;
    const memory = { CLARATEACH_SEAT_MEMORY: "512M" };
    const where = { CLARATEACH_DATA: data, CLARATEACH_RUNTIME: "docker", CLARATEACH_DOCKER_SOCKET: docker.socket };
    world = await startWorld({ ...where, ...memory });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
    await docker?.stop();
    await $`umount ${data}`.nothrow();
    await rm(data, { recursive: true });
  });

  test("the API says what each seat would get, and makes it when that is confirmed", async () => {
    const wish = { name: "Small", seats: 2, apiKey: KEY };
    const refused = await world.api("/api/workshops", { method: "POST", json: wish });
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toMatch(/20\d MiB of disk.*512 MiB.*“smallSeats”/);
    const odd = await world.api("/api/workshops", { method: "POST", json: { ...wish, smallSeats: "yes" } });
    expect(odd.body.error.message).toContain("smallSeats is “yes”");
    const made = await world.api("/api/workshops", { method: "POST", json: { ...wish, smallSeats: true } });
    expect(made.status).toBe(201);
    const id = made.body.workshopId;
    await world.api(`/api/workshops/${id}/start`, { method: "POST" });
    const status = async () => (await world.api(`/api/workshops/${id}`)).body.status;
    await until("its small seats to run", async () => (await status()) === "running");
    await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
  });

  test("so does the form, before anything is typed; and when no seat can be made, the page says why once", async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(world.signInLink());
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto(`${world.url}/workshops/new`);
    expect(await page.getByText("Seats will be small on this machine.").count()).toBe(1);
    await page.getByLabel("Name").fill("Small by hand");
    await page.getByLabel("LLM API key").fill(KEY);
    await page.getByRole("button", { name: "Make the workshop" }).click();
    await page.getByText("The workshop was not made.").waitFor();
    await page.getByLabel("Make it all the same").check();
    await page.getByLabel("LLM API key").fill(KEY);
    await page.getByRole("button", { name: "Make the workshop" }).click();
    await page.getByRole("button", { name: "Start workshop" }).waitFor();
    const full = join(data, "full");
    await $`fallocate -l 3500M ${full}`;
    await page.getByRole("button", { name: "Start workshop" }).click();
    await page.getByText("The workshop did not start.").waitFor();
    const text = await page.locator("#workshop").innerText();
    expect(text.split("Disk per seat").length - 1).toBe(1);
    expect(text).toContain("Make the machine ready for seats");
    await truncate(full, 0);
  });
}
