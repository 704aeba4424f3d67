import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeStatus } from "../../../agent/engine/change.ts";
import { LEVEL } from "../../../agent/engine/patches.ts";
import { State } from "../../../agent/engine/state.ts";
import type { Status, Task } from "../../../agent/engine/task.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-state-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(directory, `${++files}.sqlite`);

test("state of a newer release is refused with both levels, and stays as it is", () => {
  const path = newPath();
  new State(path).close();
  const db = new Database(path);
  db.run(`pragma user_version = ${LEVEL + 1}`);
  db.close();
  expect(() => new State(path)).toThrow(`"${path}": it is of level ${LEVEL + 1} and this release knows ${LEVEL}`);
});

test("a step that throws in the middle of saving is saved whole by the next one", () => {
  const path = newPath();
  const state = new State(path);
  state.memory.set("a", 1);
  const lock = new Database(path);
  lock.run("begin immediate");
  expect(() => state.memory.set("b", { deep: [true, null, "x"] })).toThrow();
  lock.run("rollback");
  lock.close();
  state.memory.set("c", 3);
  state.close();
  const again = new State(path);
  expect(again.memory.keys("")).toEqual(["a", "b", "c"]);
  expect(again.memory.get("b")).toEqual({ deep: [true, null, "x"] });
  again.close();
});

test("finished changes are forgotten after a day, or above 500; unfinished ones never; no number is used twice", () => {
  let time = 0;
  const path = newPath();
  const state = new State(path, () => time);
  const add = (specs = [] as { kind: string; summary: string; data: null }[]) => state.update((s) => s.add("x", "", specs));
  add([{ kind: "k", summary: "", data: null }]);
  for (let i = 0; i < 510; i++) add();
  state.update((s) => state.prune(s));
  expect(state.changes().length).toBe(501);
  const last = state.changes().at(-1)?.id ?? 0;
  time += 25 * 60 * 60 * 1000;
  state.update((s) => state.prune(s));
  expect(state.changes().map((change) => change.id)).toEqual([1]);
  state.close();
  const again = new State(path, () => time);
  expect(again.changes().map((change) => change.id)).toEqual([1]);
  expect(again.update((s) => s.add("x", "", [])).id).toBeGreaterThan(last);
  again.close();
});

/** [statuses of a chain, what the change is] */
const STATUSES: [string, Status][] = [
  ["done done", "done"],
  ["done doing do", "doing"],
  ["done do do", "do"],
  ["abort undoing", "abort"],
  ["undo undoing error", "undoing"],
  ["undone error hold", "error"],
  ["undone hold", "undone"],
  ["done hold", "done"],
  ["hold hold", "hold"],
  ["done wait do do", "wait"],
  ["doing wait", "doing"],
  ["wait do", "wait"],
  ["", "done"],
];

for (const [chain, status] of STATUSES) {
  test(`a change of "${chain}" is "${status}"`, () => {
    const tasks = chain.split(" ").filter(Boolean).map(taskOf);
    expect(changeStatus(tasks)).toBe(status);
  });
}

function taskOf(status: string, i: number): Task {
  const after = i === 0 ? [] : [i];
  return { id: i + 1, change: 1, kind: "", summary: "", data: null, after, lanes: [0], status: status as Status, log: [] };
}
