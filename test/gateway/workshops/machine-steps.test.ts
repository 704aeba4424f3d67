import { expect, test } from "bun:test";
import type { ChangeView, TaskStatus, TaskView } from "../../../agent/contract/changes.ts";
import type { MachineReport, SeatReport } from "../../../agent/contract/machine.ts";
import { joined } from "../../../gateway/workshops/joined-steps.ts";
import { seatSteps } from "../../../gateway/workshops/seat-steps.ts";
import { sharedSteps } from "../../../gateway/workshops/shared-steps.ts";
import type { Reported } from "../../../gateway/workshops/task-log.ts";
import type { StepView } from "../../../views/workshop.ts";

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
  expect(lines(others)).toEqual([["Install node", "doing", "machine 2"]]);
  expect(lines(others.toReversed())).toEqual([["Install node", "doing", "machine 2"]]);
  const more = [...others, reported([make(task("doing", "Install node", { log: ["npm"] }))], [], 3)];
  expect(lines(more)).toEqual([["Install node", "doing", "machines 2, 3"]]);
  expect(lines(more.slice(1))).toEqual([["Install node", "doing"]]);
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

test("of several machines the seats being made are one line a machine", () => {
  const seat = (number: number, status: string, progress = 0) => ({ seat: number, status, progress }) as Partial<SeatReport>;
  const first = reported(
    [],
    Array.from({ length: 10 }, (_, i) => seat(i + 1, i < 8 ? "ready" : "pending", 0.5)),
  );
  const second = reported([], [seat(11, "ready"), seat(12, "pending", 0.2), seat(13, "pending", 0.2)], 2);
  expect(seatSteps(24, [first, second], null).map(({ key, summary, is }) => [key, summary, is])).toEqual([
    ["seats-done", "Make seats 01 to 08 and 11", "done"],
    ["seats-doing-1", "Make seats 09 and 10", "doing"],
    ["seats-doing-2", "Make seats 12 and 13", "doing"],
    ["seats-todo", "Make seats 14 to 24", "todo"],
  ]);
});

test("a step that each machine has is one line: done when all did it; what one of them says stands with its number", () => {
  const line = { key: "create", summary: "Start 3 machines" };
  const step = (machine: number, is: StepView["is"], more: Partial<StepView> = {}) => ({
    ...{ key: "", summary: "", machine, is, startedAt: AT },
    ...more,
  });
  const late = "2026-11-22T14:49:20.000Z";
  const [one, two] = [step(1, "done", { endedAt: AT }), step(2, "done", { endedAt: late })];
  expect(joined(line, [one, two, step(3, "doing", { note: "the zone is full" })])).toEqual({
    ...{ ...line, is: "doing", startedAt: AT },
    note: "2 of 3; machine 3: the zone is full",
  });
  expect(joined(line, [one, two, step(3, "done", { endedAt: AT })])).toEqual({
    ...line,
    is: "done",
    startedAt: AT,
    endedAt: late,
  });
  expect(joined(line, [one, step(2, "failed", { note: "quota", endedAt: late }), step(3, "todo")])).toMatchObject({
    is: "failed",
    note: "machine 2: quota",
  });
  const todo = (machine: number) => ({ key: "", summary: "", machine, is: "todo" as const });
  expect(joined(line, [todo(1), todo(2)])).toEqual({ ...line, is: "todo" });
  expect(joined(line, [one, todo(2)])).toMatchObject({ is: "doing", note: "1 of 2" });
});
