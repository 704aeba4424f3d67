/** What is read of a start in a cloud: steps of several machines, what is waited for, and what failed. */
import { expect, test } from "bun:test";
import { openDb } from "../../../gateway/db/open.ts";
import { Journal } from "../../../gateway/workshops/journal.ts";
import { concluded, created, started } from "../../../gateway/workshops/moves.ts";
import type { Conclusion } from "../../../gateway/workshops/plan.ts";
import type { Outcome, Resource } from "../../../gateway/workshops/resource.ts";
import type { MachineDetail } from "../../../gateway/workshops/resources/machine-row.ts";
import { stepsOf } from "../../../gateway/workshops/steps.ts";
import { Store } from "../../../gateway/workshops/store.ts";

const ID = "ws-abc123";
const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };
const NOW = new Date("2026-11-22T14:48:20.000Z");
const NAMES = { domain: "ws.example.com", records: true, certificates: true };

/** A class of two machines that was started. */
async function open() {
  const db = await openDb(":memory:");
  const store = new Store(db);
  const wish = { name: "First steps", seats: 12, hours: 4, definition: null, environment: ENVIRONMENT };
  await store.create(created("local", wish, { id: ID, code: "CLARA-7K3M" }, NOW));
  await store.change(ID, (held) => started(held, NOW, NAMES));
  const journal = new Journal(store);
  const whole = async () => (await store.whole(ID)) ?? expect.unreachable();

  /** One call of a row that went well, and what is known after it. */
  async function call(kind: string, idx: number, action: string, more: Partial<Resource> & { detail?: MachineDetail }) {
    const now = await whole();
    const row = now.rows.find((one) => one.kind === kind && one.idx === idx) ?? expect.unreachable();
    await journal.begin(now, row, action);
    const next = { ...row, version: row.version + 1, ...more };
    await store.saveRow(ID, next, row.version);
    await journal.settle(now, row, next, action, { kind: "learned", detail: next.detail } as Outcome);
  }
  const steps = async () =>
    stepsOf(await whole(), []).flatMap(({ key, is, note }) => (key.startsWith("seat") ? [] : [[key, is, note]]));
  return { db, store, journal, whole, call, steps };
}

test("machines that boot are one step, which says where and ends with the last of them", async () => {
  const { call, steps, db } = await open();
  const place = "europe-west4-a";
  const createStep = async () => (await steps()).find(([key]) => key === "create");
  await call("machine", 1, "create", { observed: "starting" });
  await call("machine", 1, "look", { observed: "starting", detail: { place } });
  await call("machine", 2, "look", { observed: "starting", detail: { place: "europe-west4-b" } });
  expect(await createStep()).toEqual(["create", "doing", "0 of 2 answer; 2 boot in europe-west4-a and europe-west4-b"]);
  await call("machine", 2, "greet", { observed: "running", detail: { place: "europe-west4-b", certificate: "PEM" } });
  expect(await createStep()).toEqual(["create", "doing", "1 of 2 answer; one boots in europe-west4-a"]);
  await call("machine", 1, "greet", { observed: "running", detail: { place, certificate: "PEM" } });
  expect(await createStep()).toEqual(["create", "done", undefined]);
  await db.destroy();
});

test("a name's step begins when there is an address to point it at, not when it is looked for", async () => {
  const { call, steps, db } = await open();
  const nameStep = async () => (await steps()).find(([key]) => key === "name");
  await call("name", 1, "look", { observed: "absent" });
  expect(await nameStep()).toEqual(["name", "todo", undefined]);
  await call("name", 1, "create", { observed: "starting" });
  expect(await nameStep()).toEqual(["name", "doing", "0 of 2"]);
  await db.destroy();
});

test("why a start failed stands above and once; what went on beside it was cut short", async () => {
  const { call, steps, store, journal, whole, db } = await open();
  await call("machine", 1, "create", { observed: "starting" });
  await call("certificate", 1, "create", { observed: "starting" });
  const conclusion: Conclusion = { kind: "failed", reason: "No room.", of: { kind: "machine", idx: 1 } };
  await journal.conclude(await whole(), conclusion);
  await store.change(ID, (held) => concluded(held, conclusion, { learners: 0 }, NOW));
  expect(await steps()).toEqual([
    ["create", "failed", undefined],
    ["certificate", "failed", "machine 1: Cut short."],
    ["undo", "todo", undefined],
  ]);
  await db.destroy();
});
