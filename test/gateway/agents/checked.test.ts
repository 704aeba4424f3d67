import { expect, test } from "bun:test";
import { reportOf } from "../../../gateway/agents/checked.ts";
import { machineName } from "../../../gateway/workshops/workshop.ts";
import { FIRST_REPORT, REPORT } from "./reports.ts";

const NAME = machineName("ws-abc123", 1);

/** A report with something else at a place: `seats.0.note`. */
function withAt(path: string, value: unknown): unknown {
  const report = structuredClone(REPORT) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, report);
  holder[last] = value;
  return report;
}

test("what agents of this and of the first release send is taken as it is, and what a later one adds passes", () => {
  expect(reportOf(NAME, REPORT)).toEqual(REPORT);
  expect(reportOf(NAME, FIRST_REPORT) as unknown).toEqual(FIRST_REPORT);
  const later = withAt("seats.0.mood", { of: ["a later release"] });
  expect(reportOf(NAME, { ...(later as object), more: 1 })).toMatchObject({ more: 1, seats: [{ mood: {} }, {}] });
});

const WRONG: [path: string, value: unknown][] = [
  ["seats", undefined],
  ["seats", {}],
  ["seats", Array(11).fill(REPORT.seats[0])],
  ["seats.0", null],
  ["seats.0.status", "constructor"],
  ["seats.0.generation", "1"],
  ["seats.0.viewers", 1.5],
  ["seats.0.progress", 2],
  ["seats.0.note", { toString: 1 }],
  ["seats.0.note", "x".repeat(100_000)],
  ["seats.0.connectedAt", "soon"],
  ["seats.0.connectedAt", "2026-13-45T99:00:00Z"],
  ["revision", -1],
  ["runtime", "vm"],
  ["csr", 7],
  ["csr", "x".repeat(10_000)],
  ["changes", null],
  ["changes", Array(101).fill(REPORT.changes[0])],
  ["changes.0.id", "../7"],
  ["changes.0.tasks", undefined],
  ["changes.0.tasks.0.id", "/../../x"],
  ["changes.0.tasks.0.id", "31\n"],
  ["changes.0.tasks.0.log", "npm ERR!"],
  ["changes.0.tasks.0.log", [7]],
  ["changes.0.tasks.0.log", Array(51).fill("x")],
  ["changes.0.tasks.0.progress", { label: "bytes", done: Number.POSITIVE_INFINITY, total: 1 }],
  ["preview", "yes"],
  ["leftovers", undefined],
  ["leftovers.processes", Number.NaN],
  ["leftovers.bytes", -1],
  ["removed", []],
  ["llm.state", "rich"],
  ["llm.seats", undefined],
  ["llm.seats.0.usd", "0"],
  ["llm.seats.0.models.0.inputTokens", 1e300],
];

test.each(WRONG)("a report whose %s is not what the contract says is none", (path, value) => {
  expect(() => reportOf(NAME, withAt(path, value))).toThrow("doesn't fit the contract");
});

test("what isn't a report at all is none", () => {
  for (const came of [null, [], "report", 7, {}]) expect(() => reportOf(NAME, came)).toThrow("doesn't fit the contract");
});

test("a machine speaks of its own seats only", () => {
  const second = machineName("ws-abc123", 2);
  expect(() => reportOf(second, REPORT)).toThrow("speaks of seat 1, which isn't on it");
  for (const path of ["seats.1.seat", "llm.seats.0.seat", "changes.0.tasks.1.seat"]) {
    expect(() => reportOf(NAME, withAt(path, 11))).toThrow("speaks of seat 11, which isn't on it");
    expect(() => reportOf(NAME, withAt(path, 0))).toThrow("doesn't fit the contract");
  }
  const own = { ...REPORT, seats: [{ ...REPORT.seats[0], seat: 11 }], changes: [], llm: undefined };
  expect(reportOf(second, JSON.parse(JSON.stringify(own))).seats).toHaveLength(1);
});
