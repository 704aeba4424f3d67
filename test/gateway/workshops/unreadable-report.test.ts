import { afterEach, expect, test } from "bun:test";
import { until } from "../../support/until.ts";
import { type Desk, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
afterEach(() => desk.end());

/** What an earlier release believed of a machine that was broken into. */
const UNREADABLE = { changes: 7, seats: null };

/** A class that runs as far as the records go, whose machine reported that. @returns its id */
async function classOf(name: string): Promise<string> {
  const { id } = await runningRecord(desk, { name, seats: 2 });
  const detail = {
    ...{ certificate: "none", plane: { host: "127.0.0.1", port: 1 }, acknowledged: 1000, report: UNREADABLE },
    emptyingSince: Date.now() - 60_000,
  };
  await desk.gateway.db
    .updateTable("resources")
    .set({ observed: "running", detail: JSON.stringify(detail) })
    .where("workshop", "=", id)
    .where("kind", "=", "machine")
    .execute();
  return id;
}

test("a class whose machine's report can't be read is listed and shown, beside all others", async () => {
  desk = await openDesk();
  const { body } = await desk.ask("POST", "/api/workshops", { name: "Good", seats: 2, apiKey: "sk-ant-test-0123456789" });
  const id = await classOf("Bad");
  const { workshops } = (await desk.ask("GET", "/api/workshops")).body;
  const ids = workshops.map((one: { workshopId: string }) => one.workshopId);
  expect(ids.sort()).toEqual([body.workshopId, id].sort());
  const one = await desk.ask("GET", `/api/workshops/${id}`);
  expect([one.status, one.body.status]).toEqual([200, "running"]);
});

test("a class that ends comes to its end although its machine's report can't be read", async () => {
  desk = await openDesk();
  const id = await classOf("Bad");
  const { db } = desk.gateway;
  const stopping = { state: "stopping" as const, stop_at: new Date().toISOString() };
  await db.updateTable("workshops").set(stopping).where("id", "=", id).execute();
  await db.updateTable("resources").set({ wanted: "absent" }).where("workshop", "=", id).execute();
  await desk.gateway.begin();
  const state = async () => (await db.selectFrom("workshops").select(["state", "receipt"]).where("id", "=", id).execute())[0];
  await until("its end", async () => (await state())?.receipt !== null);
  expect((await state())?.state).toBe("stopped");
  const rows = await db.selectFrom("resources").select(["kind", "observed"]).where("workshop", "=", id).execute();
  expect(rows).toContainEqual({ kind: "machine", observed: "absent" });
});
