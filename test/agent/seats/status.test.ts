import { expect, test } from "bun:test";
import type { Change } from "../../../agent/engine/change.ts";
import type { Status, Task } from "../../../agent/engine/task.ts";
import { seatProgress } from "../../../agent/seats/status.ts";

const task = (status: Status, error?: string): Task => ({
  ...{ id: 2, change: 1, kind: "docker/start-container", summary: "Start seat 01", data: { seat: 1 }, after: [], lanes: [1] },
  ...{ status, log: [], error },
});
const change = {
  id: 1,
  kind: "repair",
  summary: "Repair seat 1",
  tasks: [2],
  mode: "transactional",
  startedAt: 0,
  endedAt: 1,
  resumed: false,
} satisfies Change;
const failed = { change, own: [task("error", "Docker did not answer")], shared: [] };

test("a repair that failed closes a seat only while the seat isn't there", () => {
  const facts = { record: {}, wanted: true };
  expect(seatProgress(failed, { ...facts, condition: "stopped" })).toMatchObject({
    status: "error",
    note: "Start seat 01: Docker did not answer",
  });
  expect(seatProgress(failed, { ...facts, condition: undefined }).status).toBe("error");
  expect(seatProgress(failed, { ...facts, condition: "ready" })).toEqual({ status: "ready", progress: 1 });
});

test("a seat that is being repaired isn't ready, whatever was seen of it", () => {
  const work = { change: { ...change, endedAt: undefined }, own: [task("doing")], shared: [] };
  expect(seatProgress(work, { record: {}, wanted: true, condition: "ready" }).status).toBe("pending");
});
