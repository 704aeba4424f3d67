/** All classes together have so many machines and no more, also of starts at the same moment and of those that begin by themselves. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GoogleWorld, startGoogleWorld } from "../../provision/gce/world.ts";
import { GATEWAY_URL, type GoogleGateway, leftOf, openGoogleGateway, TOKEN } from "../../support/google-gateway.ts";
import { until } from "../../support/until.ts";

const MOST = 2;

let world: GoogleWorld;
let opened: GoogleGateway;
const room = mkdtempSync(join(tmpdir(), "ct-machines-most-"));
beforeAll(async () => {
  world = await startGoogleWorld();
  opened = await openGoogleGateway(world, room, [], {}, MOST);
  await opened.gateway.begin();
});
afterAll(async () => {
  await opened.gateway.end();
  await world.end();
  rmSync(room, { recursive: true });
});

async function create(name: string, seats: number, startsAt?: string): Promise<string> {
  const wish = { name, seats, apiKey: "sk-ant-test-0123456789-0123456789", ...(startsAt && { startsAt }) };
  const { status, body } = await opened.ask("POST", "/api/workshops", wish);
  expect(status).toBe(201);
  return body.workshopId;
}
const start = (id: string) => opened.ask("POST", `/api/workshops/${id}/start`);
/** As a button of a page. @param own headers of its request */
const pressStart = (id: string, own: Record<string, string> = {}) =>
  opened.gateway.app.handle(
    new Request(`${GATEWAY_URL}/workshops/${id}/start`, {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${TOKEN}`, origin: GATEWAY_URL, "content-type": "application/x-www-form-urlencoded" },
        ...own,
      },
    }),
  );
const shown = async (id: string) => (await opened.ask("GET", `/api/workshops/${id}`)).body;
const made = () => world.google.world.history.entries.filter(({ kind }) => kind === "instance").length;
async function stop(id: string): Promise<void> {
  await opened.ask("POST", `/api/workshops/${id}/stop`);
  await until("its end", async () => (await shown(id)).status === "stopped");
}

test("one machine too many is refused with a sentence, and made once another class has stopped", async () => {
  const [large, small] = [await create("Large", 11), await create("Small", 1)];
  expect((await start(large)).status).toBe(202);
  // Asking again is fine, and needs no more.
  expect((await start(large)).status).toBe(202);
  const refused = await start(small);
  expect([refused.status, refused.body.error]).toEqual([
    409,
    {
      code: "NO_MACHINES",
      message:
        "Too few machines are left for “Small”. It needs 1; other classes have 2 of the 2 that all classes together may have. Stop another one first, or let whoever runs this installation raise CLARATEACH_GCE_MACHINES_MOST.",
    },
  ]);
  expect((await shown(small)).status).toBe("created");
  const page = await pressStart(small);
  expect(page.status).toBe(409);
  const html = await page.text();
  expect(html).toContain("Too few machines are left for “Small”</h1>");
  expect(html).toContain("It needs 1; other classes have 2 of the 2 that");
  // On its own page, without leaving it.
  const part = await (await pressStart(small, { "hx-request": "true" })).text();
  expect(part).toContain("<strong>It did not start.</strong> Too few machines are left for “Small”.");
  expect(part).not.toContain("<html");

  // It is due at once: machines are made minutes before its time.
  const timed = await create("Timed", 1, new Date(Date.now() + 60_000).toISOString());
  await until("its failure", async () => (await shown(timed)).status === "failed");
  const { failure } = await shown(timed);
  expect(failure).toStartWith("Too few machines are left for “Timed”. It needs 1; other classes have 2 of the 2 that ");
  expect(failure).toContain("It began by itself at its time, and isn’t tried again without you.");
  await until("the machines", () => made() === 2);

  await stop(large);
  expect((await start(small)).status).toBe(202);
  await Promise.all([stop(small), stop(timed)]);
  await until("nothing", () => leftOf(world).length === 0);
});

test("of five that start at the same moment two do", async () => {
  const ids = await Promise.all(["A", "B", "C", "D", "E"].map((name) => create(name, 1)));
  const answers = await Promise.all(ids.map(start));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 409, 409, 409]);
  await Promise.all(ids.map(stop));
  await until("nothing", () => leftOf(world).length === 0);
});
