import { expect, test } from "bun:test";
import { nextAction, retryDelayMs, type SeatFacts } from "../../../agent/seats/plan.ts";

const NOTHING: SeatFacts = {
  wanted: undefined,
  phase: "running",
  keepFiles: false,
  record: undefined,
  condition: undefined,
  found: false,
};
const wanted = { freshSince: 2 };
const made = { record: { freshSince: 2 }, found: true };

const ROWS: [what: string, facts: Partial<SeatFacts>, action: string | undefined][] = [
  ["nobody wants it and nothing is there", {}, undefined],
  ["wanted, nothing there", { wanted }, "make"],
  ["wanted, something there that nobody remembers", { wanted, found: true }, "remake"],
  ["wanted and ready", { wanted, ...made, condition: "ready" }, undefined],
  ["wanted, made just now", { wanted, ...made }, undefined],
  ["wanted, stopped", { wanted, ...made, condition: "stopped" }, "repair"],
  ["wanted, its directory gone", { wanted, ...made, condition: "off" }, "repair"],
  ["wanted for a stranger", { wanted: { freshSince: 3 }, ...made, condition: "ready" }, "remake"],
  ["wanted, fresher than asked", { wanted: { freshSince: 1 }, ...made, condition: "ready" }, undefined],
  ["no longer wanted", { ...made, condition: "ready" }, "remove"],
  ["not wanted, remains of it there", { found: true }, "remove"],
  ["ending", { phase: "ending", wanted, ...made, condition: "ready" }, "remove"],
  ["ending, nothing there", { phase: "ending", wanted }, undefined],
  ["ending, files kept, runs", { phase: "ending", keepFiles: true, wanted, ...made, condition: "ready" }, "stop"],
  [
    "ending, files kept, already stopped",
    { phase: "ending", keepFiles: true, wanted, found: true, condition: "stopped" },
    undefined,
  ],
  ["ending, files packed, stopped", { phase: "ending", wanted, found: true, condition: "stopped" }, "remove"],
  ["keepFiles means nothing while running", { keepFiles: true, wanted }, "make"],
];

for (const [what, facts, action] of ROWS) {
  test(`${what}: ${action ?? "nothing to do"}`, () => {
    expect<string | undefined>(nextAction({ ...NOTHING, ...facts })).toBe(action);
  });
}

test("a failing seat is tried again later each time, and for ever", () => {
  expect([1, 2, 3, 4].map(retryDelayMs)).toEqual([5000, 10_000, 20_000, 40_000]);
  expect(retryDelayMs(50)).toBe(300_000);
});
