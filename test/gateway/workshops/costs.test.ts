import { expect, test } from "bun:test";
import { costNow, expectedCost, finalCost, plannedHours } from "../../../gateway/workshops/costs.ts";
import { concluded, created, started, stopped } from "../../../gateway/workshops/moves.ts";
import type { Held } from "../../../gateway/workshops/record.ts";
import { settled } from "../../../gateway/workshops/resource.ts";
import { kindOf } from "../../../gateway/workshops/resources/kinds.ts";
import { seen } from "../../../gateway/workshops/resources/machine-row.ts";
import type { FoundMachine } from "../../../provision/cloud.ts";
import { openCosts } from "../../../provision/gce/costs.ts";
import { SETTINGS } from "../../provision/gce/settings.ts";

const costs = openCosts(SETTINGS);
const HOUR = 3_600_000;
const LEAD = 0.25 * HOUR;
const START = Date.parse("2026-11-22T12:00:00Z");
/** What a machine costs in an hour with its disk and its address. */
const HERE = 0.29508816 + (50 * 0.11) / 730 + 0.005;
const IOWA = 0.26804568 + (50 * 0.1) / 730 + 0.005;
const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };

const wish = (seats: number) => ({ name: "First steps", seats, hours: 4, definition: null, environment: ENVIRONMENT });
const made = (seats: number): Held => created("ida", wish(seats), { id: "ws-abc123", code: "LION-7K3M" }, new Date(START));
const begun = (seats: number): Held => started(made(seats), new Date(START));

/** A machine was looked for; undefined: it was gone. */
function look(held: Held, idx: number, now: number, found?: Partial<FoundMachine>): Held {
  const machine: FoundMachine = { name: "clarateach-ws-abc123", workshop: "ws-abc123", status: "running", ...found };
  const outcome = { kind: "looked" as const, found: found && seen(machine) };
  const rows = held.rows.map((row) =>
    row.kind === "machine" && row.idx === idx ? settled(row, "look", outcome, now, kindOf(row).kept) : row,
  );
  return { ...held, rows };
}
const rented = (since: number, zone = "europe-west4-a") => ({
  rented: { zone, machineType: "e2-standard-8", diskGb: 50, since },
});

test("before its start a class costs what its machines will, as many as its seats need", () => {
  expect(costNow(costs, made(10), LEAD, START)).toEqual(expectedCost(costs, { seats: 10, hours: 4 }));
  expect(expectedCost(costs, { seats: 10, hours: 4 })).toMatchObject({ is: "expected", learnerHours: 40 });
  expect(expectedCost(costs, { seats: 10, hours: 4 }).usd).toBeCloseTo(4 * HERE, 8);
  expect(expectedCost(costs, { seats: 99, hours: 1 }).usd).toBeCloseTo(10 * HERE, 8);
});

test("a class that begins at a time costs from its machines' start on, until the end that was agreed", () => {
  const at = (hours: number) => new Date(START + hours * HOUR).toISOString();
  const planned = (times: Partial<Held["workshop"]>): Held => ({ ...made(10), workshop: { ...made(10).workshop, ...times } });
  const usd = (times: Partial<Held["workshop"]>) => costNow(costs, planned(times), LEAD, START)?.usd;
  expect(usd({ starts_at: at(24) })).toBeCloseTo(4.25 * HERE, 8);
  expect(usd({ starts_at: at(24), planned_end: at(26) })).toBeCloseTo(2.25 * HERE, 8);
  expect(usd({ planned_end: at(3) })).toBeCloseTo(3 * HERE, 8);
});

test("while it comes up, what isn't there yet costs nothing, and will until the end", () => {
  const held = begun(10);
  expect(costNow(costs, held, LEAD, START)).toMatchObject({ is: "running", usd: 0, items: [] });
  expect(costNow(costs, held, LEAD, START)?.endUsd).toBeCloseTo(4 * HERE, 8);
});

test("each machine costs since it was made, where it really is", () => {
  const held = look(look(begun(20), 1, START, rented(START)), 2, START, rented(START + HOUR, "us-central1-f"));
  const cost = costNow(costs, held, LEAD, START + 2 * HOUR);
  expect(cost?.usd).toBeCloseTo(2 * HERE + IOWA, 8);
  expect(cost?.endUsd).toBeCloseTo(4 * HERE + 3 * IOWA, 8);
});

test("a machine that was made again costs twice until the first was gone, and no longer", () => {
  const first = look(look(begun(10), 1, START, rented(START)), 1, START + HOUR);
  expect(costNow(costs, first, LEAD, START + 3 * HOUR)?.usd).toBeCloseTo(HERE, 8);
  const second = look(first, 1, START + 2 * HOUR, rented(START + 2 * HOUR));
  expect(costNow(costs, second, LEAD, START + 3 * HOUR)?.usd).toBeCloseTo(2 * HERE, 8);
});

test("one that its cloud deleted at its own end costs until then, though nobody looked for a day", () => {
  const held = look(begun(10), 1, START, { ...rented(START), endsBy: START + 8 * HOUR });
  expect(costNow(costs, held, LEAD, START + 32 * HOUR)?.usd).toBeCloseTo(8 * HERE, 8);
  expect(finalCost(costs, look(held, 1, START + 32 * HOUR), START + 32 * HOUR)?.usd).toBeCloseTo(8 * HERE, 8);
});

test("what a start that failed cost stays on the bill of the next, and on the receipt", () => {
  const failing = concluded(
    look(begun(10), 1, START, rented(START)),
    { kind: "failed", reason: "why" },
    { learners: 0 },
    new Date(START),
  );
  const undone = concluded(look(failing, 1, START + HOUR), { kind: "undone" }, { learners: 0 }, new Date(START + HOUR));
  expect(costNow(costs, undone, LEAD, START + 5 * HOUR)).toMatchObject({ is: "running", usd: expect.closeTo(HERE, 8) });
  const again = look(started(undone, new Date(START + 2 * HOUR)), 1, START + 2 * HOUR, rented(START + 2 * HOUR));
  expect(costNow(costs, again, LEAD, START + 3 * HOUR)?.usd).toBeCloseTo(2 * HERE, 8);
  const stopping = stopped(again, { keepWork: false, learners: false }, new Date(START + 3 * HOUR));
  const gone = concluded(
    look(stopping, 1, START + 4 * HOUR),
    { kind: "gone" },
    { learners: 0, costs },
    new Date(START + 4 * HOUR),
  );
  const { receipt } = gone.workshop;
  expect(receipt?.cost).toMatchObject({ is: "final", usd: expect.closeTo(3 * HERE, 8) });
  expect(costNow(costs, gone, LEAD, START + 99 * HOUR)).toEqual(receipt?.cost);
});

test("what ran on this computer cost nothing, whatever machines cost now", () => {
  const stopping = stopped(look(begun(10), 1, START, {}), { keepWork: false, learners: false }, new Date(START + HOUR));
  const ended = look(stopping, 1, START + HOUR);
  const gone = concluded(ended, { kind: "gone" }, { learners: 0, costs }, new Date(START + HOUR));
  expect(gone.workshop.receipt).toMatchObject({ removed: expect.any(Object) });
  expect(gone.workshop.receipt?.cost).toBeUndefined();
  expect(costNow(costs, gone, LEAD, START + HOUR)).toBeUndefined();
});

test("an end before its start makes no class, and costs nothing", () => {
  const at = (hours: number) => new Date(START + hours * HOUR).toISOString();
  expect(plannedHours({ hours: 4, starts_at: at(5), planned_end: at(3) }, LEAD, START)).toBe(0);
  expect(plannedHours({ hours: 4, starts_at: null, planned_end: at(-1) }, LEAD, START)).toBe(0);
});
