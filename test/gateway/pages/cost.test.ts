import { afterAll, beforeEach, expect, test } from "bun:test";
import { expectedCost } from "../../../gateway/workshops/costs.ts";
import { openCosts } from "../../../provision/gce/costs.ts";
import { SETTINGS } from "../../provision/gce/settings.ts";
import { FINAL } from "../../support/cost-states.tsx";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
});
afterAll(() => pages.end());

const costs = openCosts(SETTINGS);
const priced = () => {
  pages.services.workshops.cost = (wish) => expectedCost(costs, wish);
};
const textOf = async (path: string) => (await (await pages.get(path)).text()).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

test("where machines cost nothing, nothing is said of costs", async () => {
  expect(await textOf("/workshops/new")).not.toContain("cost");
  expect((await textOf("/workshops/cost?seats=10&hours=4")).trim()).toBe("");
});

test("the form says what a class will cost, and again when seats or hours change", async () => {
  priced();
  expect(await textOf("/workshops/new")).toContain("Estimated cost about $1.20, without traffic");
  expect(await textOf("/workshops/cost?seats=99&hours=12")).toContain("about $37, without traffic 10 machines, e2-standard-8");
  const html = await (await pages.get("/workshops/cost?seats=10&hours=4")).text();
  expect(html).toMatch(/hx-get="\/workshops\/cost"/);
});

test.each([
  "seats=100&hours=4",
  "seats=&hours=4",
  "seats=ten&hours=4",
  "seats=10&hours=13",
  "seats=2.5&hours=4",
  "seats=-1&hours=4",
  "",
])("of what no class can have (%p) no cost is said, and the next change asks again", async (typed) => {
  priced();
  const html = await (await pages.get(`/workshops/cost?${typed}`)).text();
  expect(html).toContain('hx-get="/workshops/cost"');
  expect(html).not.toContain("$");
});

test("a class that begins and ends at a time costs from its start to its end, in the form's own time zone", async () => {
  const asked: object[] = [];
  pages.services.workshops.cost = (wish) => {
    asked.push(wish);
    return expectedCost(costs, { seats: wish.seats, hours: 3 });
  };
  const times = "startsAt=2030-07-01T09:00&endsAt=2030-07-01T12:00&zone=Europe/Vienna";
  expect(await textOf(`/workshops/cost?seats=10&hours=4&${times}`)).toContain("about $0.92, without traffic");
  const moments = { startsAt: "2030-07-01T07:00:00.000Z", endsAt: "2030-07-01T10:00:00.000Z" };
  expect(asked).toEqual([{ seats: 10, hours: 4, ...moments }]);
  expect(await textOf("/workshops/cost?seats=10&hours=4&startsAt=nonsense&zone=UTC")).not.toContain("$");
});

test("a form that is refused for its seats still has a place for the cost of the next number", async () => {
  priced();
  const html = await (await pages.post("/workshops", { name: "A", seats: "0", hours: "4", apiKey: "x" })).text();
  expect(html).toContain('id="new-cost"');
});

test("who isn't signed in is told no prices", async () => {
  priced();
  expect((await pages.get("/workshops/cost?seats=10&hours=4", { cookie: "" })).status).not.toBe(200);
});

test("the receipt has what the machines cost, and what has no known price; its copy, too", async () => {
  const receipt = {
    ...{ removedAt: "2026-11-22T16:00:00Z", checkedAt: "2026-11-22T16:00:00Z", items: [], learners: 3, seconds: 60 },
    removed: { processes: 0, directories: 0, bytes: 0, sockets: 0, machines: 3, secrets: 1 },
    cost: FINAL,
  };
  pages.workshops.set("ws-old001", { ...paperWorkshop({ id: "ws-old001", name: "Old" }), state: "stopped", receipt });
  const html = await (await pages.get("/workshops/ws-old001")).text();
  expect(html.replace(/<[^>]*>/g, "")).toContain("Machines: about $1.10, without traffic and what has no known price");
  expect(html).toContain("No price is known for n2-standard-8 in europe-west4");
  expect(html).toContain("by list prices of 6 March 2025");
});
