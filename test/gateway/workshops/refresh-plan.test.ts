import { expect, test } from "bun:test";
import type { RefreshPlan } from "../../../agent/contract/api.ts";
import { Problem } from "../../../agent/contract/errors.ts";
import type { MachineReport, SeatReport } from "../../../agent/contract/machine.ts";
import { seatsOfMachine } from "../../../agent/contract/seats.ts";
import type { MachineAddress } from "../../../gateway/agents/client.ts";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { refreshPlan } from "../../../gateway/workshops/refresh-plan.ts";

const DOCUMENT = 5;

/** A class on so many machines as its seats need. */
function classOf(seats: number): Whole {
  const machine = (idx: number) => ({
    ...{
      kind: "machine",
      idx,
      name: `clarateach-ws-abc123-${idx}`,
      attempt: 1,
      wanted: "present",
      observed: "running",
      version: 1,
    },
    detail: { certificate: "PEM", plane: { host: "127.0.0.1", port: idx } },
  });
  const rows = Array.from({ length: Math.ceil(seats / 10) }, (_, i) => machine(i + 1));
  return { workshop: { id: "ws-abc123", seats, document: DOCUMENT }, rows } as unknown as Whole;
}

const seat = (number: number, status: SeatReport["status"] = "ready", ...operations: string[]): SeatReport =>
  ({ ...{ seat: number, generation: 1, status, progress: 1, viewers: 0, operations } }) as SeatReport;
const ready = (number: number) => seat(number, "ready", "refresh", "restore", "stop");
const said = (seats: SeatReport[], revision = DOCUMENT) => ({
  report: { revision, seats } as MachineReport,
  answers: true,
});

/** Agents that answer by their port, and note what they were asked. */
function agents(plans: Record<number, RefreshPlan | Error>) {
  const asked: [port: number, seats: readonly number[]][] = [];
  const plan = async ({ plane }: MachineAddress, seats: readonly number[]) => {
    asked.push([plane.port, seats]);
    const answer = plans[plane.port];
    if (answer instanceof Error) throw answer;
    return answer as RefreshPlan;
  };
  return { asked, plan };
}

test("a seat that something goes on in, or that isn't there, isn't asked about: it says by itself how it is", async () => {
  const seats = [
    ready(1),
    seat(2, "stopped", "start", "refresh"),
    seat(3, "pending"),
    seat(4, "waiting", "continue", "abort"),
    seat(5, "off", "launch"),
    seat(6, "error", "launch", "remove"),
    seat(7, "error", "refresh", "restore"),
  ];
  const one = agents({
    1: {
      sdks: [{ name: "node", layer: "reused" }],
      seats: [
        { seat: 1, does: "restarts" },
        { seat: 2, does: "same" },
        { seat: 7, does: "restarts" },
      ],
    },
  });
  const plan = await refreshPlan(one, classOf(7), () => said(seats));
  expect(one.asked).toEqual([[1, [1, 2, 7]]]);
  expect(plan.seats.map(({ does }) => does)).toEqual(["restarts", "same", "busy", "waits", "unmade", "unmade", "restarts"]);
  expect([plan.told, plan.problems]).toEqual([true, []]);
});

test("what one of several machines has to install is installed anew; their seats stand in one row", async () => {
  const numbers = (idx: number) => seatsOfMachine(idx, 12);
  const plans = (layer: "built" | "reused", idx: number): RefreshPlan => ({
    sdks: [
      { name: "node", layer: "reused" },
      { name: "project-notes", layer },
    ],
    seats: numbers(idx).map((number) => ({ seat: number, does: "restarts" })),
  });
  const two = agents({ 1: plans("reused", 1), 2: plans("built", 2) });
  const plan = await refreshPlan(two, classOf(12), (idx) => said(numbers(idx).map(ready)));
  expect(plan.sdks).toEqual([
    { name: "node", layer: "reused" },
    { name: "project-notes", layer: "built" },
  ]);
  expect(plan.seats.map(({ seat }) => seat)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test("a machine that has the definition before isn't asked: its plan would be that one's", async () => {
  const one = agents({});
  const plan = await refreshPlan(one, classOf(1), () => said([ready(1)], DOCUMENT - 1));
  expect(one.asked).toEqual([]);
  expect(plan).toEqual({ told: false, sdks: [], seats: [{ seat: 1, does: "unknown" }], problems: [] });
});

test("one that refuses or doesn't answer says why for its seats, and holds back nothing of the others", async () => {
  const refusal = new Problem("INVALID_INPUT", "Seats of this machine are plain processes.");
  const three = agents({ 1: refusal, 2: new TypeError("fetch failed"), 3: { sdks: [], seats: [{ seat: 21, does: "live" }] } });
  const plan = await refreshPlan(three, classOf(21), (idx) => said(seatsOfMachine(idx, 21).map(ready)));
  expect(plan.problems).toEqual([
    { seats: seatsOfMachine(1, 21), problem: refusal.message },
    { seats: seatsOfMachine(2, 21), problem: expect.stringContaining("doesn’t answer just now") },
  ]);
  expect(plan.seats.at(-1)).toEqual({ seat: 21, does: "live" });
  expect(plan.seats.slice(0, 20).every(({ does }) => does === "unknown")).toBe(true);
});
