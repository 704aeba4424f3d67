import { expect, test } from "bun:test";
import { openDb } from "../../../gateway/db/open.ts";
import { Journal } from "../../../gateway/workshops/journal.ts";
import { created, started, stopped } from "../../../gateway/workshops/moves.ts";
import type { Outcome } from "../../../gateway/workshops/resource.ts";
import { instructed, type MachineDetail, machinesOf } from "../../../gateway/workshops/resources/machine-row.ts";
import { stepsOf } from "../../../gateway/workshops/steps.ts";
import { Store } from "../../../gateway/workshops/store.ts";

const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };
const NOW = new Date("2026-11-22T14:48:20.000Z");
const left = (directories: number) => ({ processes: directories, directories, sockets: 0, bytes: 0 });
const report = (directories: number) => ({
  ...{ version: 1, revision: 3, agent: "1", runtime: "process", startedAt: "", changes: [], preview: { available: true } },
  ...{ seats: [], leftovers: left(directories) },
});

test("telling learners ends with the call that does it; removing the seats ends when none is left", async () => {
  const db = await openDb(":memory:");
  const store = new Store(db);
  const names = { id: "ws-abc123", code: "CLARA-7K3M" };
  await store.create(
    created("local", { name: "First steps", seats: 3, hours: 4, definition: null, environment: ENVIRONMENT }, names, NOW),
  );
  await store.change("ws-abc123", (held) => started(held, NOW));
  await store.change("ws-abc123", (held) => stopped(held, { keepWork: false, learners: false }, NOW));
  const whole = async () => (await store.whole("ws-abc123")) ?? expect.unreachable();
  const journal = new Journal(store);

  const calls = async (action: string, directories: number, after: (detail: MachineDetail) => MachineDetail) => {
    const now = await whole();
    const [row] = machinesOf(now.rows);
    if (!row) throw new Error("no machine was planned");
    await journal.begin(now, row, action);
    const detail = after(row.detail);
    const next = { ...row, version: row.version + 1, detail };
    await store.saveRow("ws-abc123", next, row.version);
    await journal.settle(now, row, next, action, { kind: "learned", detail } as Outcome);
    const steps = stepsOf(await whole(), [{ workshop: "ws-abc123", machine: 1, report: report(directories) as never }]);
    return steps.slice(0, 3).map(({ key, is, note }) => [key, is, note]);
  };
  const taken = (detail: MachineDetail) =>
    instructed(detail, { revision: 3, emptying: true }, { report: report(3) as never }, NOW.getTime());
  expect(await calls("instruct", 3, taken)).toEqual([
    ["instruct", "done", undefined],
    ["empty", "todo", undefined],
    ["remove", "todo", undefined],
  ]);
  expect(await calls("ask", 1, (detail) => ({ ...detail, report: report(1) as never }))).toEqual([
    ["instruct", "done", undefined],
    ["empty", "doing", "2 of 3 removed"],
    ["remove", "todo", undefined],
  ]);
  expect((await calls("ask", 0, (detail) => ({ ...detail, report: report(0) as never })))[1]?.[1]).toBe("done");
  await db.destroy();
});
