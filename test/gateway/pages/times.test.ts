import { afterAll, beforeEach, expect, test } from "bun:test";
import { Problem } from "../../../agent/contract/errors.ts";
import { InputProblem } from "../../../gateway/workshops/input.ts";
import { type Pages, startPages } from "../../support/pages.ts";
import { paperWorkshop } from "../../support/paper-services.ts";

let pages: Pages;
beforeEach(async () => {
  await pages?.end();
  pages = await startPages();
});
afterAll(() => pages.end());

const WISH = { name: "Data by hand", seats: "4", hours: "2", apiKey: "sk-ant-0123456789-0123456789-0123456789" };
const PART = { "hx-request": "true" };
const put = (more: Parameters<typeof paperWorkshop>[0]) => {
  const workshop = paperWorkshop(more);
  pages.workshops.set(workshop.id, workshop);
  return `/workshops/${workshop.id}`;
};

test("the form's times are moments of who typed them; empty ones are no wish", async () => {
  const times = { startsAt: "2099-01-15T14:00", endsAt: "", zone: "Europe/Berlin" };
  const html = await (await pages.post("/workshops", { ...WISH, ...times })).text();
  expect(html).toContain("is too far ahead");
  const soon = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await pages.post("/workshops", { ...WISH, ...times, startsAt: soon });
  const at = Date.parse(/"startsAt":"([^"]+)"/.exec(pages.calls.at(-1) ?? "")?.[1] ?? "");
  expect(Date.parse(`${soon}Z`) - at).toBeOneOf([3_600_000, 7_200_000]);
  await pages.post("/workshops", { ...WISH, ...times, startsAt: "" });
  expect(pages.calls.at(-1)).not.toContain("startsAt");
});

test("a refused time stays as it was typed, with what is wrong in the reader's own time; what is no time is told", async () => {
  const times = { startsAt: "2020-01-15T14:00", endsAt: "at five", zone: "Europe/Berlin" };
  const html = await (await pages.post("/workshops", { ...WISH, ...times })).text();
  expect(html).toContain("Wednesday 15 January at 14:00 has passed. Choose a later time");
  expect(html).toContain("This is no date and time. Write it as");
  expect(html).toContain('value="2020-01-15T14:00"');
  expect(html).toContain('name="zone" value="Europe/Berlin"');
  expect(html).toContain("<details open>");
  const strange = await (await pages.post("/workshops", { ...WISH, ...times, zone: "Mars/Olympus" })).text();
  expect(strange).toContain("“Mars/Olympus”, isn’t known here");
  expect(pages.calls).toEqual([]);
});

test("a workshop that hasn't begun gets its times, and is begun by hand after all", async () => {
  const path = put({ state: "created", startsAt: "2099-01-15T13:00:00.000Z", endsAt: "2099-01-15T15:00:00.000Z" });
  const shown = await (await pages.get(`${path}/times`)).text();
  expect(shown).toContain('name="startsAt" value="2099-01-15T13:00"');
  // Its end is its length's, and nobody's wish.
  expect(shown).toContain('name="endsAt" value autocomplete');
  const times = { startsAt: "2099-01-15T14:00", endsAt: "2099-01-15T16:00", zone: "America/New_York" };
  const moved = await pages.post(`${path}/times`, times);
  expect([moved.status, moved.headers.get("location")]).toEqual([303, path]);
  await pages.post(`${path}/by-hand`, {});
  expect(pages.calls).toEqual([
    'schedule("ws-k4m9p2",{"startsAt":"2099-01-15T19:00:00.000Z","endsAt":"2099-01-15T21:00:00.000Z"})',
    'schedule("ws-k4m9p2",{"startsAt":null})',
  ]);
});

test("what the gateway refuses stands under its field, or above them all, and nothing that was typed is lost", async () => {
  const path = put({});
  const times = { endsAt: "2099-01-15T14:00", zone: "Europe/Berlin" };
  pages.services.workshops.extend = async () => {
    throw new InputProblem({ endsAt: "Thursday 15 January at 14:00 is too late." });
  };
  const late = await pages.post(`${path}/times`, times, PART);
  const part = await late.text();
  expect([late.status, part.startsWith('<form id="times"')]).toEqual([422, true]);
  expect(part).toContain("Thursday 15 January at 14:00 is too late.");
  expect(part).toContain('value="2099-01-15T14:00"');
  pages.services.workshops.extend = async () => {
    throw new Problem("STATE_CONFLICT", "The workshop “First steps” is stopping: there is no end to move.");
  };
  expect(await (await pages.post(`${path}/times`, times)).text()).toContain("is stopping: there is no end to move.");
  expect(await (await pages.post(`${path}/times`, { ...times, endsAt: "" })).text()).toContain("The class needs an end.");
});

test("a button of the running class leads to the end that stands on it, and where that is refused to the form", async () => {
  const [endsAt, latestEnd] = ["2099-01-15T14:00:00.000Z", "2099-01-15T14:45:00.000Z"];
  const path = put({ endsAt, latestEnd });
  const page = await (await pages.get(path)).text();
  const offered = [...page.matchAll(/name="endsAt" value="([^"]+)"[^>]*><button[^>]*>([^<]+)</g)].map(([, at, word]) => [
    word,
    at,
  ]);
  // An hour more would be beyond its latest end.
  expect(offered).toEqual([["30 min longer", "2099-01-15T14:30:00.000Z"]]);
  const longer = await pages.post(`${path}/extend`, { endsAt: "2099-01-15T14:30:00.000Z" }, PART);
  expect([longer.status, (await longer.text()).includes("Time left")]).toEqual([200, true]);
  expect(pages.calls).toEqual(['extend("ws-k4m9p2","2099-01-15T14:30:00.000Z")']);
  pages.services.workshops.extend = async () => {
    throw new InputProblem({ endsAt: "too late" });
  };
  const refused = await pages.post(`${path}/extend`, { endsAt: "2099-01-15T16:00:00.000Z" }, PART);
  expect(refused.headers.get("hx-redirect")).toBe(`${path}/times`);
});

test("whoever is early is told when it begins, and no longer once that has passed", async () => {
  const waiting = { name: "Data", door: "soon" as const, seats: [{ seat: 1, is: "waiting" as const }] };
  pages.waiting = { ...waiting, startsAt: "2099-01-15T14:00:00.000Z" };
  const page = await (await pages.get("/join/waiting?code=CLARA-7K3M")).text();
  expect(page).toContain('Begins <time datetime="2099-01-15T14:00:00.000Z" data-show="when">');
  pages.waiting = { ...waiting, startsAt: "2020-01-15T14:00:00.000Z" };
  expect(await (await pages.get("/join/waiting?code=CLARA-7K3M")).text()).not.toContain("Begins");
});
