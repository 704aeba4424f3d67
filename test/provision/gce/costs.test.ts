import { afterEach, beforeEach, expect, test } from "bun:test";
import { openCosts } from "../../../provision/gce/costs.ts";
import prices from "../../../provision/gce/prices.json";
import { SETTINGS } from "./settings.ts";
import { type GoogleWorld, startGoogleWorld } from "./world.ts";

const costs = openCosts(SETTINGS);
const HERE = { zone: "europe-west4-a", machineType: "e2-standard-8", diskGb: 50 };

test("a machine costs by its hours, its disk and its address with it; those that are alike are one item", () => {
  expect(costs.next).toEqual(HERE);
  const cost = costs.of([
    { machine: HERE, hours: 8 },
    { machine: { ...HERE, zone: "europe-west4-b" }, hours: 4 },
  ]);
  const of = (kind: string) => cost.items.find((item) => item.kind === kind);
  expect(cost.items).toHaveLength(3);
  expect(of("machine")).toMatchObject({ what: "e2-standard-8 in europe-west4", count: 2, hours: 12, unitUsd: 0.29508816 });
  expect(of("machine")?.usd).toBeCloseTo(12 * 0.29508816, 8);
  expect(of("disk")?.usd).toBeCloseTo((12 * 50 * 0.11) / 730, 8);
  expect(of("address")?.usd).toBeCloseTo(12 * 0.005, 8);
  expect(cost.usd).toBeCloseTo(3.5411 + 0.0904 + 0.06, 3);
  expect(cost).toMatchObject({ trafficGbUsd: 0.12, unpriced: [], asOf: prices.asOf, source: prices.source });
});

test("each machine costs what it costs where it is, in its size", () => {
  const cost = costs.of([
    { machine: HERE, hours: 1 },
    { machine: { ...HERE, zone: "us-central1-f", machineType: "e2-standard-16" }, hours: 1 },
  ]);
  expect(cost.items.map(({ what }) => what)).toEqual([
    ...["e2-standard-8 in europe-west4", "50 GB", "IPv4"],
    ...["e2-standard-16 in us-central1", "50 GB", "IPv4"],
  ]);
  expect(cost.items[3]?.unitUsd).toBeCloseTo(0.53609136, 8);
});

test("what nobody wrote down a price of is said, and no price is made up", () => {
  const elsewhere = { ...HERE, zone: "mars-west1-a" };
  const unknown = { ...HERE, machineType: "n2-standard-8" };
  const cost = costs.of([
    { machine: elsewhere, hours: 1 },
    { machine: elsewhere, hours: 1 },
    { machine: unknown, hours: 1 },
    { machine: HERE, hours: 1 },
  ]);
  expect(cost.unpriced).toEqual(["e2-standard-8 in mars-west1", "n2-standard-8 in europe-west4"]);
  expect(cost.items).toHaveLength(3);
  expect(costs.of([{ machine: elsewhere, hours: 1 }])).toMatchObject({ usd: 0, items: [] });
  expect(costs.of([{ machine: elsewhere, hours: 1 }]).trafficGbUsd).toBeUndefined();
});

test("traffic out of a region whose price isn't known has none", () => {
  const cost = costs.of([{ machine: { ...HERE, zone: "asia-northeast1-a" }, hours: 1 }]);
  expect(cost.usd).toBeGreaterThan(0.34);
  expect(cost.trafficGbUsd).toBeUndefined();
});

test("every region is in the file once, with prices that are prices", () => {
  expect(prices.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(prices.source).toMatch(/^https:/);
  expect(new Set(prices.regions.map(({ region }) => region)).size).toBe(prices.regions.length);
  for (const { region, machineHour, diskGbMonth, trafficGb = 0.12 } of prices.regions) {
    expect(region).toMatch(/^[a-z]+-[a-z]+\d+$/);
    expect([region, machineHour > 0.2 && machineHour < 0.5]).toEqual([region, true]);
    expect([region, diskGbMonth >= 0.1 && diskGbMonth < 0.2]).toEqual([region, true]);
    expect([region, trafficGb >= 0.12 && trafficGb < 0.2]).toEqual([region, true]);
  }
});

let world: GoogleWorld;
beforeEach(async () => {
  world = await startGoogleWorld();
});
afterEach(() => world.end());

test("a machine tells what is paid for it: the zone that it got, its type, its disk, and since when", async () => {
  world.google.world.compute.exhausted.set("europe-west4-a", { details: false });
  const before = Date.now();
  await world.cloud.machines.create({
    ...{ name: "clarateach-ws-abc123", workshop: "ws-abc123", boot: "{}" },
    requestId: crypto.randomUUID(),
  });
  const rented = (await world.cloud.machines.find("clarateach-ws-abc123"))?.rented;
  expect(rented).toEqual({ zone: "europe-west4-b", machineType: "e2-standard-8", diskGb: 50, since: expect.any(Number) });
  expect(rented?.since).toBeGreaterThanOrEqual(before - 1000);
  expect(rented?.since).toBeLessThanOrEqual(Date.now());
});
