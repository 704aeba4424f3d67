/** The check of a network on one's own server: by https, behind the front, which pings whatever it holds open. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { DOMAIN } from "../support/public-door.ts";
import { type PublicWorld, startPublicWorld } from "../support/public-world.ts";
import { until } from "../support/until.ts";

let world: PublicWorld;
let browser: Browser;
beforeAll(async () => {
  world = await startPublicWorld();
  browser = await launchChromium({
    args: ["--disable-3d-apis", "--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors"],
  });
});
afterAll(async () => {
  await browser?.close();
  await world?.end();
});

test("all passes that can be tried there, and what was found is kept with the workshop that was only made", async () => {
  const wish = { name: "In public", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789-0123456789" };
  const { workshopId: id, code } = await (await world.ask(DOMAIN, "/api/workshops", { method: "POST", json: wish })).json();
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await until("the page to run", async () => {
    await page.goto(`https://${DOMAIN}:${world.httpsPort}/check/${code}`).catch(() => undefined);
    return (await page.locator("#check-screen:not([data-is=doing])").count()) === 1;
  });
  await page.locator('#verdict:not([data-is="doing"])').waitFor();
  const said = (name: string) => page.locator(`#check-${name} .more`).textContent();
  const server = `${DOMAIN} (TCP port ${world.httpsPort})`;
  expect(await Promise.all(["https", "websocket", "held", "pieces", "udp"].map(said))).toEqual([
    `HTTPS to ${server} works.`,
    `A WebSocket to ${server} opens, and what is sent comes back.`,
    `A WebSocket to ${server} stayed open for 65 seconds with nothing but a ping from the server after 44 seconds.`,
    `A long answer from ${server} arrives piece by piece.`,
    "Not tested: this server names no STUN server to ask by UDP.",
  ]);
  expect(await page.locator("#copy").getAttribute("data-copy")).toContain(
    `- HTTPS and WebSocket (wss) to ${DOMAIN} and *.${DOMAIN}, TCP port ${world.httpsPort}:`,
  );
  await page.getByText("Your instructor sees it.").waitFor();
  const records = new Database(join(world.data, "gateway.sqlite"), { readonly: true });
  const [row] = records.query("select workshop, findings from checks").all() as { workshop: string; findings: string }[];
  records.close();
  expect([row?.workshop, JSON.parse(row?.findings ?? "")]).toEqual([id, expect.objectContaining({ websocket: { is: "pass" } })]);
});

test("who isn't the page of this server opens no line through the front", async () => {
  const refused = await world.ask(DOMAIN, "/check/pieces", { anonymous: true, headers: { origin: "https://elsewhere.example" } });
  expect(refused.status).toBe(403);
});
