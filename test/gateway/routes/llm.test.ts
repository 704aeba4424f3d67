import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { until } from "../../support/until.ts";
import { startUpstream, type TestUpstream } from "../../support/upstream.ts";
import { type Desk, KEY, openDesk, runningRecord } from "../support.ts";

let upstream: TestUpstream;
let desk: Desk;
beforeAll(async () => {
  upstream = startUpstream();
  desk = await openDesk(undefined, upstream.url);
});
afterAll(async () => {
  await desk.end();
  await upstream.end();
});

const make = async (apiKey = KEY): Promise<string> =>
  (await desk.ask("POST", "/api/workshops", { name: "First steps", seats: 3, apiKey })).body.workshopId;
const get = async (id: string) => (await desk.ask("GET", `/api/workshops/${id}/llm`)).body;
const patch = (id: string, body: unknown) => desk.ask("PATCH", `/api/workshops/${id}/llm`, body);
const tried = (id: string, key: string) =>
  until(`the key to be found ${key}`, async () => {
    const llm = await get(id);
    return llm.key === key && llm;
  });

const NOTHING = { requests: 0, inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, usd: 0 };

test("a new class has a stated cap a seat, all models, and nothing used", async () => {
  const id = await make();
  expect(await tried(id, "good")).toEqual({
    ...{ state: "ok", key: "good", models: null, seatUsd: 5, workshopUsd: null, paused: false, permissions: "edits" },
    ...NOTHING,
    seats: [1, 2, 3].map((seat) => ({ seat, paused: false, limitUsd: 5, ...NOTHING })),
  });
  expect(upstream.got.at(-1)).toMatchObject({ method: "GET", path: "/v1/models?limit=1" });
  expect(upstream.got.at(-1)?.headers.get("x-api-key")).toBe(KEY);
});

test("a class from before there were caps has those of a new one", async () => {
  const id = await make();
  await tried(id, "good");
  await desk.gateway.db.updateTable("workshops").set({ llm: null }).where("id", "=", id).execute();
  expect(await get(id)).toMatchObject({
    state: "ok",
    models: null,
    seatUsd: 5,
    workshopUsd: null,
    seats: [{ limitUsd: 5 }, {}, {}],
  });
  expect((await patch(id, { seatUsd: 1 })).body).toMatchObject({ seatUsd: 1, seats: [{ limitUsd: 1 }, {}, {}] });
});

test("a key that is refused, or an upstream that is away, is said and blocks nothing", async () => {
  upstream.takeOnly("sk-ant-another-0123456789");
  const id = await make();
  expect(await tried(id, "refused")).toMatchObject({
    state: "refused",
    message: expect.stringMatching(/^127.0.0.1:\d+ answered 401$/),
  });
  const away = await openDesk();
  const made = await away.ask("POST", "/api/workshops", { name: "First steps", seats: 1, apiKey: KEY });
  expect(made.status).toBe(201);
  const llm = await until("the trial", async () => {
    const { body } = await away.ask("GET", `/api/workshops/${made.body.workshopId}/llm`);
    return body.key && body;
  });
  expect(llm).toMatchObject({ state: "unreachable", key: "unreachable", message: "127.0.0.1:9: no connection" });
  await away.end();
  // Replaced by the one that is taken.
  expect((await desk.ask("PUT", `/api/workshops/${id}/key`, { apiKey: "sk-ant-another-0123456789" })).status).toBe(204);
  expect((await tried(id, "good")).state).toBe("ok");
  expect(await desk.cloud.secrets.get(`${id}-llm-key`)).toBe("sk-ant-another-0123456789");
  upstream.takeOnly(undefined);
});

test("what is left out of a PATCH stays; what is null is as if never said", async () => {
  const { id } = await runningRecord(desk, { seats: 3 });
  const first = await patch(id, {
    ...{
      seatUsd: 2,
      workshopUsd: 5.5,
      models: ["claude-haiku-4-5", "claude-haiku-4-5", "claude-sonnet-5-5"],
      permissions: "ask",
    },
    seats: [
      { seat: 2, paused: true },
      { seat: 3, limitUsd: 7 },
    ],
  });
  const wanted = {
    ...{ seatUsd: 2, workshopUsd: 5.5, models: ["claude-haiku-4-5", "claude-sonnet-5-5"], permissions: "ask", paused: false },
    seats: [
      { seat: 1, paused: false, limitUsd: 2 },
      { seat: 2, paused: true, limitUsd: 2 },
      { seat: 3, paused: false, limitUsd: 7 },
    ],
  };
  expect([first.status, first.body]).toMatchObject([200, wanted]);
  expect((await patch(id, {})).body).toMatchObject(wanted);
  expect((await patch(id, { paused: true, seats: [{ seat: 2, limitUsd: 1 }] })).body).toMatchObject({
    ...{ state: "paused", paused: true, seatUsd: 2 },
    seats: [{ limitUsd: 2 }, { paused: true, limitUsd: 1 }, { limitUsd: 7 }],
  });
  const back = { paused: false, models: null, workshopUsd: null, seats: [{ seat: 2, paused: false, limitUsd: null }] };
  expect((await patch(id, back)).body).toMatchObject({
    ...{ state: "ok", models: null, workshopUsd: null },
    seats: [{ limitUsd: 2 }, { paused: false, limitUsd: 2 }, { limitUsd: 7 }],
  });
  expect(await get(id)).toMatchObject({ seatUsd: 2, seats: [{}, { paused: false }, { limitUsd: 7 }] });
});

test("everything wrong with a PATCH is said at once, with its value, and nothing of it is taken", async () => {
  const id = await make();
  const { status, body } = await patch(id, {
    ...{ seatUsd: -1, workshopUsd: "much", models: [], paused: "yes", permissions: "all", seatUSD: 3 },
    seats: [{ seat: 9 }, { seat: 1, limitUsd: Number.MAX_VALUE, pause: true }, { seat: 1 }],
  });
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  for (const words of [
    "seatUsd is “-1”; use dollars from 0 to 10000.",
    "workshopUsd is “much”; use dollars from 0 to 10000, or null for none.",
    "models is empty: name at least one, or use null for all",
    "paused is “yes”; it may be true or false.",
    "permissions is “all”; it may be ask, edits, everything.",
    "“seatUSD” is not known here; known are seatUsd,",
    "There is no seat “9”; the workshop has seats 1 to 3.",
    "seats[1].limitUsd is “1.7976931348623157e+308”",
    "“pause” is not known of a seat; known are seat, paused, limitUsd.",
    "Seat “1” is named twice; name it once.",
  ])
    expect(body.error.message).toContain(words);
  expect(await get(id)).toMatchObject({ seatUsd: 5, workshopUsd: null, models: null, paused: false });
});

test("any PATCH is taken or refused clearly", async () => {
  const id = await make();
  const seat = fc.record(
    {
      seat: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.string()),
      paused: fc.boolean(),
      limitUsd: fc.oneof(fc.double(), fc.constant(null)),
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    {
      seatUsd: fc.oneof(fc.double({ min: -1, max: 20_000 }), fc.string(), fc.constant(null)),
      workshopUsd: fc.oneof(fc.double({ min: -1, max: 20_000 }), fc.constant(null)),
      models: fc.oneof(fc.array(fc.oneof(fc.string({ maxLength: 120 }), fc.integer())), fc.constant(null)),
      paused: fc.oneof(fc.boolean(), fc.integer()),
      seats: fc.oneof(fc.array(fc.oneof(seat, fc.constant(null)), { maxLength: 4 }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (sent) => {
      const { status, body: answer } = await desk.ask("PATCH", `/api/workshops/${id}/llm`, JSON.stringify(sent));
      expect([200, 400]).toContain(status);
      if (status === 400) expect(answer.error.message.length).toBeGreaterThan(10);
    }),
    { numRuns: 80 },
  );
});

test("a key that is none is refused and the sealed one stays; of a class that ended nothing changes", async () => {
  const id = await make();
  for (const apiKey of [undefined, "", "abc", "in two", 7, "x".repeat(5000)]) {
    const { status, body } = await desk.ask("PUT", `/api/workshops/${id}/key`, { apiKey });
    expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  }
  expect(await desk.cloud.secrets.get(`${id}-llm-key`)).toBe(KEY);
  expect((await desk.ask("POST", `/api/workshops/${id}/stop`)).status).toBe(200);
  for (const [method, path, body] of [
    ["PATCH", "llm", { paused: true }],
    ["PUT", "key", { apiKey: KEY }],
  ] as const)
    expect((await desk.ask(method, `/api/workshops/${id}/${path}`, body)).status).toBe(409);
  expect(await desk.cloud.secrets.find(`${id}-llm-key`)).toBeUndefined();
  expect((await get(id)).state).toBe("no-key");
});

test("a key that is sealed while its class is stopped doesn't outlive it", async () => {
  const id = await make();
  const { secrets } = desk.cloud;
  const put = secrets.put;
  secrets.put = async (...given) => {
    secrets.put = put;
    // The stop destroys the sealed key and looks again; only then the new one arrives.
    expect((await desk.ask("POST", `/api/workshops/${id}/stop`)).body.status).toBe("stopped");
    await put(...given);
  };
  expect((await desk.ask("PUT", `/api/workshops/${id}/key`, { apiKey: `${KEY}-2` })).status).toBe(409);
  expect(await secrets.find(`${id}-llm-key`)).toBeUndefined();
});

test("another's class and one without a sign-in show nothing", async () => {
  const { id } = await runningRecord(desk, { owner: "someone-else" });
  const anonymous = { headers: { authorization: "none" } };
  for (const [method, path, body] of [
    ["GET", "llm", undefined],
    ["PATCH", "llm", { paused: true }],
    ["PUT", "key", { apiKey: KEY }],
  ] as const) {
    expect((await desk.ask(method, `/api/workshops/${id}/${path}`, body)).status).toBe(404);
    expect((await desk.ask(method, `/api/workshops/${id}/${path}`, body, anonymous)).status).toBe(401);
  }
});
