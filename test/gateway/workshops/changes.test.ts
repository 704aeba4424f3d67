import { expect, test } from "bun:test";
import type { ChangeView, TaskStatus, TaskView } from "../../../agent/contract/changes.ts";
import { seatChange, seatChanges } from "../../../gateway/workshops/changes.ts";
import { REPORT } from "../agents/reports.ts";

const at = (second: number) => `2026-03-02T09:30:${String(second).padStart(2, "0")}.000Z`;
let tasks = 100;
const task = (status: TaskStatus, seat?: number, more: Partial<TaskView> = {}): TaskView => ({
  ...{ id: String(tasks++), kind: "docker/start", summary: "Start the container", status, log: [] },
  ...(seat !== undefined && { seat }),
  ...(status !== "do" && { startedAt: at(1) }),
  ...more,
});
const change = (status: TaskStatus, own: TaskView[], more: Partial<ChangeView> = {}): ChangeView => ({
  ...{ id: "7", kind: "refresh", summary: "Refresh 5 seats", status, tasks: own, startedAt: at(1) },
  ...more,
});
const reported = (...changes: ChangeView[]) => ({ workshop: "ws-abc123", machine: 1, report: { ...REPORT, changes } });

test("of several seats one line says what all share, one who is done, one each who is at work, failed or waits", () => {
  const view = seatChange(
    reported(),
    change("doing", [
      task("done", undefined, { summary: "Install notes" }),
      ...[task("done", 1), task("done", 1), task("done", 2)],
      ...[task("done", 3), task("doing", 3, { progress: { label: "bytes", done: 63_400_000, total: 186_000_000 } })],
      task("error", 4, { log: ["npm ERR!", "it failed"], wholeLog: true }),
      ...[task("undone", 5), task("hold", 5)],
      task("do", 6),
      // Of another machine: whoever broke into this one may say so.
      task("doing", 14),
    ]),
  );
  expect([view.summary, view.is, view.seats]).toEqual(["Refresh seats 01 to 06", "doing", [1, 2, 3, 4, 5, 6]]);
  expect(view.steps.map(({ summary, is, note }) => [summary, is, note])).toEqual([
    ["Install notes", "done", undefined],
    ["Seats 01 and 02", "done", undefined],
    ["Seat 05", "undone", undefined],
    ["Seat 03", "doing", "Start the container: 34 % of 186 MB"],
    ["Seat 04", "failed", "Start the container"],
    ["Seat 06", "todo", undefined],
  ]);
  expect(view.steps[4]?.log).toMatchObject({ lines: ["npm ERR!", "it failed"], href: expect.stringContaining("/tasks/7/") });
});

test("a change ends well, failed, or given up; until then it goes on, waits, or goes back", () => {
  const isOf = (status: TaskStatus, own: TaskView[], ended = true) =>
    seatChange(reported(), change(status, own, ended ? { endedAt: at(9) } : {})).is;
  expect(isOf("done", [task("done", 1)])).toBe("done");
  expect(isOf("error", [task("undone", 1), task("error", 1)])).toBe("failed");
  expect(isOf("undone", [task("undone", 1), task("hold", 1)])).toBe("undone");
  expect(isOf("doing", [task("doing", 1)], false)).toBe("doing");
  expect(isOf("wait", [task("wait", 1)], false)).toBe("waiting");
  expect(isOf("undoing", [task("undoing", 1)], false)).toBe("undoing");
  // Another seat of it is at work still: nothing is to be decided before that.
  expect(isOf("doing", [task("wait", 1), task("doing", 2)], false)).toBe("doing");
});

test("what waits comes first, then what goes on, then the last that ended; seats that were made well are no news", () => {
  const done = (id: string, second: number, kind = "restore") =>
    change("done", [task("done", 4)], { id, kind, endedAt: at(second) });
  const all = [
    ...[done("1", 2), done("2", 3, "launch"), done("3", 4), done("4", 5), done("5", 6), done("6", 7), done("8", 8)],
    change("error", [task("error", 4)], { id: "9", kind: "launch", endedAt: at(9) }),
    change("doing", [task("doing", 5)], { id: "10" }),
    change("wait", [task("wait", 6)], { id: "11" }),
  ];
  expect(seatChanges([reported(...all)]).map(({ id }) => id)).toEqual(["1-11", "1-10", "1-9", "1-8", "1-6", "1-5", "1-4"]);
});

test("of what failed and is tried again only the last try is shown", () => {
  const failed = (id: string, second: number) =>
    change("error", [task("error", 4)], { id, kind: "launch", startedAt: at(second), endedAt: at(second + 1) });
  const ids = (...changes: ChangeView[]) => seatChanges([reported(...changes)]).map(({ id }) => id);
  expect(ids(failed("1", 1), failed("2", 5), failed("3", 9))).toEqual(["1-3"]);
  expect(ids(failed("1", 1), change("doing", [task("doing", 4)], { id: "2", kind: "launch", startedAt: at(5) }))).toEqual([
    "1-2",
  ]);
});

test("what a machine that was broken into tells is bounded", () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    change(
      "doing",
      Array.from({ length: 1000 }, () => task("doing", 1)),
      { id: String(i + 1) },
    ),
  );
  const shown = seatChanges([reported(...many)]);
  expect([shown.length, shown[0]?.steps.length]).toEqual([20, 40]);
});
