import { expect, test } from "bun:test";
import type { ChangeView, TaskStatus, TaskView } from "../../../agent/contract/changes.ts";
import type { MachineReport, SeatReport } from "../../../agent/contract/machine.ts";
import { seatSteps } from "../../../gateway/workshops/seat-steps.ts";
import { sharedSteps } from "../../../gateway/workshops/shared-steps.ts";
import type { Reported } from "../../../gateway/workshops/task-log.ts";

const AT = "2026-11-22T14:48:20.000Z";
let ids = 0;
const task = (status: TaskStatus, summary: string, more: Partial<TaskView> = {}): TaskView => ({
  ...{ id: String(++ids), kind: "docker/x", summary, status, log: [] },
  ...(status !== "do" && status !== "hold" && { startedAt: AT }),
  ...more,
});
const make = (...tasks: TaskView[]): ChangeView => ({
  ...{ id: "7", kind: "make", summary: "", status: "doing", startedAt: AT },
  tasks,
});
const reported = (changes: ChangeView[], seats: Partial<SeatReport>[] = [], machine = 1): Reported => ({
  ...{ workshop: "ws-abc123", machine },
  report: { changes, seats: seats.map((seat, i) => ({ seat: i + 1, progress: 0, ...seat })) } as unknown as MachineReport,
});
const lines = (from: Reported[]) => sharedSteps(from).map(({ summary, is, note }) => [summary, is, ...(note ? [note] : [])]);

test("what all seats share is a line each in its order, with how much was fetched or what an installer said last", () => {
  const change = make(
    task("done", "Make the machine ready for seats"),
    task("doing", "Fetch claude-code", { progress: { label: "bytes", done: 63_400_000, total: 186_000_000 } }),
    task("doing", "Fetch node", { progress: { label: "files", done: 0, total: 0 }, log: ["npm", "unpacking"] }),
    task("do", "Install node"),
    task("doing", "Make seat 01", { seat: 1 }),
  );
  expect(lines([reported([{ ...make(task("done", "Repair")), kind: "repair" }, change])])).toEqual([
    ["Make the machine ready for seats", "done"],
    ["Fetch claude-code", "doing", "34 % of 186 MB"],
    ["Fetch node", "doing", "unpacking"],
    ["Install node", "todo"],
  ]);
});

test("of a task that is tried again the last try counts, of several machines the one that is furthest from done", () => {
  const again = [make(task("error", "Install node")), make(task("doing", "Install node"))];
  expect(lines([reported(again)])).toEqual([["Install node", "doing"]]);
  const others = [reported([make(task("done", "Install node"))], [], 1), reported([make(task("doing", "Install node"))], [], 2)];
  expect(lines(others)).toEqual([["Install node", "doing"]]);
  expect(lines(others.toReversed())).toEqual([["Install node", "doing"]]);
});

test("what failed shows its last lines, cut, and where the whole log is; what was undone had been done, what never ran hadn't", () => {
  const log = ["E: no such package", "x".repeat(500), "setup-base ended with 100"];
  const change = make(
    task("undone", "Fetch node"),
    task("error", "Install node", { id: "31", log, wholeLog: true }),
    task("error", "Install python", { log: ["one line"] }),
    task("hold", "Install browser"),
  );
  const steps = sharedSteps([reported([change], [], 2)]);
  expect(steps.map(({ is }) => is)).toEqual(["done", "failed", "failed", "todo"]);
  expect(steps[1]?.log).toEqual({
    lines: [log[0] as string, `${"x".repeat(400)}…`, log[2] as string],
    href: "/workshops/ws-abc123/machines/2/tasks/7/31/log",
  });
  expect(steps[2]?.log).toEqual({ lines: ["one line"] });
});

test("a seat's failed hook stands with its seat; the same reason of several seats stands once", () => {
  const hook = (seat: number) =>
    task("error", `Set up the project of seat 0${seat}`, { id: `4${seat}`, seat, log: ["npm ERR!"], wholeLog: true });
  const error = { status: "error", note: "npm failed" } as const;
  const from = reported(
    [make(hook(2), hook(3))],
    [{ status: "ready" }, error, error, { status: "pending", progress: 0.5, note: "Start seat 04" }],
  );
  expect(seatSteps(4, [from], null).map(({ summary, is, note, log }) => [summary, is, note, log?.href])).toEqual([
    ["Make seat 01", "done", undefined, undefined],
    ["Make seats 02 and 03", "failed", "npm failed", "/workshops/ws-abc123/machines/1/tasks/7/42/log"],
    ["Make seat 04", "doing", "Start seat 04", undefined],
  ]);
});
