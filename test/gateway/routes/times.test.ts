import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Desk, KEY, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const create = (wish: object) => desk.ask("POST", "/api/workshops", { name: "Later", seats: 2, apiKey: KEY, ...wish });
const shown = async (id: string) => (await desk.ask("GET", `/api/workshops/${id}`)).body;

test("a workshop is made with its times, which change and go until it is started", async () => {
  const [startsAt, endsAt] = [inHours(2), inHours(5)];
  const { status, body } = await create({ startsAt, endsAt });
  expect(status).toBe(201);
  const path = `/api/workshops/${body.workshopId}`;
  expect(await shown(body.workshopId)).toMatchObject({ status: "created", startsAt, endsAt });
  const later = inHours(3);
  expect((await desk.ask("PATCH", path, { startsAt: later })).body).toMatchObject({ startsAt: later, endsAt });
  const lasting = (await desk.ask("PATCH", path, { endsAt: null })).body;
  expect(Date.parse(lasting.endsAt) - Date.parse(later)).toBe(4 * 3_600_000);
  const byHand = (await desk.ask("PATCH", path, { startsAt: null })).body;
  expect([byHand.startsAt, byHand.endsAt]).toEqual([undefined, undefined]);
});

test("times with another zone are the same moments; ones without a zone, past or senseless are refused, all at once", async () => {
  const startsAt = "2026-11-30T10:00:00+02:00";
  const good = await create({ startsAt: inHours(1).replace("Z", "+00:00") });
  expect((await shown(good.body.workshopId)).startsAt).toMatch(/Z$/);
  const { status, body } = await create({ startsAt: "2020-01-01T10:00:00Z", endsAt: startsAt.slice(0, 16) });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(body.error.message).toContain("Wednesday 1 January at 10:00 UTC has passed");
  expect(body.error.message).toContain("endsAt is “2026-11-30T10:00”; use ISO 8601 with its zone");
  const wrong = await desk.ask("PATCH", `/api/workshops/${good.body.workshopId}`, { hours: 3 });
  expect([wrong.status, wrong.body.error.message]).toEqual([400, "“hours” can’t be changed here; startsAt and endsAt can."]);
});

test("who comes before it begins is told when", async () => {
  const { body } = await create({ startsAt: "2099-01-01T14:00:00Z" });
  expect(body.error.message).toContain("too far ahead");
  const startsAt = inHours(2);
  const { code } = (await create({ startsAt })).body;
  const early = await desk.ask("POST", "/api/join", { code, name: "Mira" }, { headers: { authorization: "none" } });
  expect([early.status, early.body.error.code]).toEqual([409, "NOT_RUNNING"]);
  expect(early.body.error.message).toMatch(
    /^“Later” is not running yet\. It begins on \w+ \d+ \w+ at \d\d:\d\d UTC: try again then\.$/,
  );
});

test("a running class is extended up to its ceiling, again too, and shortened; beyond it the sentence says until when", async () => {
  const { id } = await runningRecord(desk);
  const path = `/api/workshops/${id}/extend`;
  const { latestEnd, endsAt } = await shown(id);
  expect(Date.parse(latestEnd) - Date.parse(endsAt)).toBe(3.75 * 3_600_000);
  const longer = await desk.ask("POST", path, { endsAt: inHours(2) });
  expect([longer.status, longer.body.latestEnd]).toEqual([200, latestEnd]);
  expect((await desk.ask("POST", path, { endsAt: latestEnd })).body).toMatchObject({ endsAt: latestEnd, latestEnd });
  const beyond = await desk.ask("POST", path, { endsAt: inHours(5) });
  expect([beyond.status, beyond.body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(beyond.body.error.message).toMatch(/ is too late: .* goes on until \w+ \d+ \w+ at \d\d:\d\d UTC at most\.$/);
  const sooner = inHours(0.5);
  expect((await desk.ask("POST", path, { endsAt: sooner })).body.endsAt).toBe(sooner);
  expect((await desk.ask("POST", path, {})).body.error.message).toContain("endsAt is missing");
  expect((await desk.ask("POST", path, { minutes: 30 })).body.error.message).toContain("“minutes” can’t be changed here");
});

test("one that hasn't started or is over has no end to move; another's and a stranger's isn't there", async () => {
  const { workshopId: id } = (await create({})).body;
  const path = `/api/workshops/${id}`;
  const created = await desk.ask("POST", `${path}/extend`, { endsAt: inHours(1) });
  expect([created.status, created.body.error.message]).toEqual([
    409,
    "The workshop “Later” is created: there is no end to move.",
  ]);
  await desk.ask("POST", `${path}/stop`);
  expect((await desk.ask("PATCH", path, { startsAt: inHours(1) })).status).toBe(409);
  const foreign = await runningRecord(desk, { owner: "somebody" });
  const anonymous = { headers: { authorization: "none" } };
  for (const [method, call, body] of [
    ["PATCH", "", { startsAt: inHours(1) }],
    ["POST", "/extend", { endsAt: inHours(1) }],
  ] as const) {
    expect((await desk.ask(method, `/api/workshops/${foreign.id}${call}`, body)).status).toBe(404);
    expect((await desk.ask(method, `${path}${call}`, body, anonymous)).status).toBe(401);
  }
});
