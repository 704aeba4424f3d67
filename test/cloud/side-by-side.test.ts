/** Two who do the same at once, and one who stops what is still made: one machine, and nothing left. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type GoogleGateway, leftOf, openGoogleGateway } from "../support/google-gateway.ts";
import { type GoogleLife, madeOf, startGoogleLife } from "../support/google-life.ts";
import { until } from "../support/until.ts";

let life: GoogleLife;
let data: string;
let one: GoogleGateway;
beforeAll(async () => {
  life = await startGoogleLife();
  data = mkdtempSync(join(life.room, "data-"));
  one = await openGoogleGateway(life.world, data, [life.authority]);
  await one.gateway.begin();
});
afterAll(async () => {
  await one.gateway.end();
  await life.end();
});

const create = async (): Promise<string> => {
  const wish = { name: "Twice", seats: 2, apiKey: "sk-ant-test-0123456789-0123456789" };
  return (await one.ask("POST", "/api/workshops", wish)).body.workshopId;
};
const act = (id: string, what: "start" | "stop") => one.ask("POST", `/api/workshops/${id}/${what}`);
const thrice = (id: string, what: "start" | "stop") => Promise.all([act(id, what), act(id, what), act(id, what)]);
const reach = (id: string, status: "running" | "stopped") =>
  until(`${id} to be ${status}`, async () => {
    const { body } = await one.ask("GET", `/api/workshops/${id}`);
    if (body.status === "failed") throw new Error(`it failed: ${body.failure}`);
    return body.status === status;
  });
async function expectClean(id: string): Promise<void> {
  await until(`nothing of ${id}`, () => leftOf(life.world).length === 0);
  await until("its machine to end", () => life.vms.size === 0);
  expect(life.machinesOf(id).made).toBeLessThanOrEqual(1);
  for (const [kind, names] of Object.entries(madeOf(life, id))) expect([kind, names.length]).toEqual([kind, new Set(names).size]);
}

test("started three times at once and stopped three times at once", async () => {
  const id = await create();
  const started = await thrice(id, "start");
  expect(started.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([202, "provisioning"]));
  await reach(id, "running");
  expect(life.machinesOf(id).made).toBe(1);
  const stopped = await thrice(id, "stop");
  expect(stopped.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([200, "stopped"]));
  await expectClean(id);
});

test("a gateway that goes in the middle leaves its work to the next", async () => {
  const id = await create();
  await act(id, "start");
  await until("the machine", () => life.machinesOf(id).made === 1);
  await one.gateway.end();
  one = await openGoogleGateway(life.world, data, [life.authority]);
  await one.gateway.begin();
  await reach(id, "running");
  await act(id, "stop");
  await expectClean(id);
});

test("stopped at each step of its start", async () => {
  const steps = ["at once", "its document is made", "the machine is there", "it has a name", "it is greeted"] as const;
  for (const step of steps) {
    const id = await create();
    await act(id, "start");
    const row = () => one.gateway.db.selectFrom("resources").selectAll().where("workshop", "=", id).execute();
    const detailOf = async (kind: string) => JSON.parse((await row()).find((each) => each.kind === kind)?.detail ?? "{}");
    const reached: Record<(typeof steps)[number], () => Promise<boolean> | boolean> = {
      "at once": () => true,
      "its document is made": async () => (await detailOf("machine")).creatingUntil !== undefined,
      "the machine is there": () => life.machinesOf(id).made === 1,
      "it has a name": () => madeOf(life, id).recordSet?.length === 3,
      "it is greeted": async () => (await detailOf("machine")).certificate !== undefined,
    };
    await until(step, reached[step]);
    await act(id, "stop");
    await reach(id, "stopped");
    await expectClean(id);
  }
});

test("stopped while the call that makes its machine is under way: once that landed, nobody waits for its deadline", async () => {
  const id = await create();
  life.world.google.world.faults.add({ kind: "late", ms: 3000, method: "POST", path: "/instances\\?" });
  await act(id, "start");
  const creatingUntil = await until("the call", async () => {
    const machine = await one.gateway.db
      .selectFrom("resources")
      .select("detail")
      .where("workshop", "=", id)
      .where("kind", "=", "machine")
      .executeTakeFirst();
    return life.machinesOf(id).made === 1 && JSON.parse(machine?.detail ?? "{}").creatingUntil;
  });
  await act(id, "stop");
  await reach(id, "stopped");
  const { body } = await one.ask("GET", `/api/workshops/${id}`);
  // That is minutes after the call: the stop didn't wait for it.
  expect(Date.parse(body.receipt.checkedAt)).toBeLessThan(creatingUntil);
  await expectClean(id);
});
