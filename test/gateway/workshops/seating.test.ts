import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeJwt } from "jose";
import { type Desk, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

const join = (body: unknown, browser?: string, headers: Record<string, string> = {}) =>
  desk.ask("POST", "/api/join", body, {
    headers: { authorization: "none", ...(browser ? { cookie: `a=b; ct_browser=${browser}` } : {}), ...headers },
  });
const browser = (n: number) => n.toString(16).padStart(32, "0");

test("ten joins at once give ten different seats and the eleventh NO_SEATS", async () => {
  const { code } = await runningRecord(desk);
  const answers = await Promise.all(Array.from({ length: 11 }, (_, i) => join({ code, name: `L${i}` })));
  const seats = answers.filter(({ status }) => status === 200).map(({ body }) => body.seat);
  expect(seats.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const [refused] = answers.filter(({ status }) => status !== 200);
  expect(refused?.status).toBe(409);
  expect(refused?.body.error.code).toBe("NO_SEATS");
});

test("seats that are stopped, or that something is done with, aren't offered; who has one gets back, all others wait", async () => {
  const { id, code } = await runningRecord(desk, { seats: 3 });
  const report = (...statuses: string[]) =>
    desk.gateway.db
      .updateTable("resources")
      .set({
        detail: JSON.stringify({
          ...{ endpoint: "localhost:4000", url: "http://localhost:4000" },
          report: { seats: statuses.map((status, i) => ({ seat: i + 1, generation: 1, status, progress: 1, viewers: 0 })) },
        }),
      })
      .where("workshop", "=", id)
      .where("kind", "=", "machine")
      .execute();
  await report("stopped", "pending", "ready");
  expect((await join({ code, name: "Mira" }, browser(40))).body.seat).toBe(3);
  const refused = await join({ code, name: "Jonas" }, browser(41));
  expect([refused.body.error.code, refused.headers.get("retry-after")]).toEqual(["NO_SEATS", "5"]);
  await report("stopped", "ready", "pending");
  expect((await join({ code }, browser(40))).body.seat).toBe(3);
  expect((await join({ code, name: "Jonas" }, browser(41))).body.seat).toBe(2);
});

test("a join answers a token, the machine's address, the whole link and the reconnect code", async () => {
  const { id, code } = await runningRecord(desk, { seats: 2 });
  const { body } = await join({ code, name: "  Mira \n Okafor " });
  expect(body).toEqual({
    token: expect.stringMatching(/^eyJ/),
    endpoint: "localhost:4000",
    url: `http://localhost:4000/?token=${body.token}`,
    odehash: expect.stringMatching(/^[a-z0-9]{5}$/),
    seat: 1,
  });
  expect(decodeJwt(body.token)).toMatchObject({
    ...{ iss: "http://localhost:3999", aud: `clarateach-${id}`, workshopId: id, machine: 1, seat: 1, gen: 1 },
    ...{ vmIp: "127.0.0.1", name: "Mira Okafor", odehash: body.odehash },
  });
});

test("the same browser joining twice, even at once, gets its seat again", async () => {
  const { code } = await runningRecord(desk);
  const answers = await Promise.all([1, 2, 3].map(() => join({ code }, browser(1))));
  expect(answers.map(({ body }) => body.seat)).toEqual([1, 1, 1]);
  expect(new Set(answers.map(({ body }) => body.odehash)).size).toBe(1);
  expect((await join({ code }, browser(2))).body.seat).toBe(2);
});

test("the same odehash always gives the same seat, and its new browser is remembered", async () => {
  const { code } = await runningRecord(desk);
  const first = (await join({ code }, browser(3))).body;
  const second = (await join({ code }, browser(4))).body;
  for (const typed of [first.odehash, ` ${first.odehash.toUpperCase()} `]) {
    const back = await join({ code: code.toLowerCase().replace("-", " "), odehash: typed }, browser(5));
    expect([back.status, back.body.seat, back.body.odehash]).toEqual([200, 1, first.odehash]);
  }
  expect((await join({ code }, browser(5))).body.seat).toBe(1);
  expect(second.seat).toBe(2);
});

test("codes are found however they are typed; unknown ones are 404, malformed ones 400", async () => {
  const { code } = await runningRecord(desk);
  for (const typed of [code.toLowerCase(), ` ${code} `, code.replace("-", ""), code.replace("-", " – ")]) {
    expect((await join({ code: typed }, browser(6))).status, typed).toBe(200);
  }
  const unknown = await join({ code: "OTTER-0000" }, browser(6));
  expect([unknown.status, unknown.body.error.code]).toEqual([404, "NOT_FOUND"]);
  const lost = await join({ code, odehash: "zzzzz" }, browser(7));
  expect([lost.status, lost.body.error.code]).toEqual([404, "SESSION_NOT_FOUND"]);
  for (const body of [{}, { code: 7 }, { code: "" }, { code, odehash: "zz" }, { code, name: "n".repeat(61) }, [], "nonsense"]) {
    const { status, body: answer } = await join(body, browser(8));
    expect([status, answer.error.code], JSON.stringify(body)).toEqual([400, "INVALID_INPUT"]);
  }
});

test("before the start learners wait, after the end they are told so", async () => {
  const created = (await desk.ask("POST", "/api/workshops", { name: "Early", seats: 1, apiKey: "sk-0123456789-0123456789" }))
    .body;
  const early = await join({ code: created.code });
  expect([early.status, early.body.error.code]).toEqual([409, "NOT_RUNNING"]);
  await desk.ask("POST", `/api/workshops/${created.workshopId}/stop`);
  const late = await join({ code: created.code, odehash: "abcde" });
  expect([late.status, late.body.error.code]).toEqual([409, "WORKSHOP_ENDED"]);
});

test("who sat there to the end is told the seat and until when the work is kept; strangers only that it ended", async () => {
  const { id, code } = await runningRecord(desk, { name: "Over soon", seats: 2 });
  await join({ code, name: "Mira" }, browser(11));
  await join({ code, name: "Jonas" }, browser(13));
  await desk.ask("POST", `/api/workshops/${id}/seats/2/free`);
  const ended = async (query: string, who: string): Promise<string> =>
    (await desk.ask("GET", `/join/ended${query}`, undefined, { headers: { cookie: `ct_browser=${who}` } })).body;
  const stopping = { state: "stopping" as const, work: "wanted" as const, stop_at: "2026-11-22T16:21:00.000Z" };
  await desk.gateway.db.updateTable("workshops").set(stopping).where("id", "=", id).execute();
  const closed = { closed_at: stopping.stop_at, why: "ended" as const };
  await desk.gateway.db.updateTable("learners").set(closed).where("workshop", "=", id).where("closed_at", "is", null).execute();
  const mine = await ended("", browser(11));
  expect(mine).toContain("“Over soon” was stopped");
  expect(mine).toContain("<strong>seat 01, Mira</strong>");
  expect(mine).toContain("Sunday 29 November");
  const freed = await ended("", browser(13));
  expect(freed).toContain("Seat 02, which you had, was freed before the end");
  expect(freed).not.toContain("Ask for your folder");
  const stranger = await ended(`?code=${code}`, browser(12));
  expect(stranger).toContain("Ask for your folder; it has the number of your seat.");
  expect(stranger).not.toMatch(/Mira|Jonas/);
});

test("a freed seat is a stranger's only after its machine reported it fresh, and the old learner is out", async () => {
  const { id, code } = await runningRecord(desk, { seats: 1 });
  const old = (await join({ code }, browser(9))).body;
  const freed = await desk.ask("POST", `/api/workshops/${id}/seats/1/free`);
  expect(freed.status).toBe(204);
  expect((await join({ code, odehash: old.odehash }, browser(9))).body.error.code).toBe("SESSION_NOT_FOUND");
  expect((await join({ code }, browser(10))).body.error.code).toBe("NO_SEATS");
  const { learners } = (await desk.ask("GET", `/api/workshops/${id}/learners`)).body;
  expect(learners).toEqual([expect.objectContaining({ seat: 1, state: "expired" })]);
  await desk.gateway.db.updateTable("seats").set({ ready: 1 }).where("workshop", "=", id).execute();
  const next = (await join({ code }, browser(10))).body;
  expect(next.seat).toBe(1);
  expect(next.odehash).not.toBe(old.odehash);
  expect(decodeJwt(next.token).gen).toBe(2);
});

test("one holder of the code takes all seats; the instructor frees them at once, and nobody else's", async () => {
  const { id, code } = await runningRecord(desk, { seats: 10 });
  const { seating, workshops } = desk.gateway.services;
  await seating.enter({ code, name: "Mira" }, { address: "192.0.2.1" });
  for (let i = 0; i < 9; i++) await seating.enter({ code }, { address: "192.0.2.66", browser: browser(100 + i) });
  await expect(seating.enter({ code }, { address: "192.0.2.2" })).rejects.toMatchObject({ code: "NO_SEATS" });
  const { learners } = await workshops.find("local", id);
  expect(learners.map(({ address }) => address)).toEqual(["192.0.2.1", ...Array.from({ length: 9 }, () => "192.0.2.66")]);
  await workshops.freeSeatsTakenFrom("local", id, "192.0.2.66");
  const freed = (await workshops.find("local", id)).learners;
  expect(freed.map(({ session }) => session)).toEqual(["assigned", ...Array.from({ length: 9 }, () => "expired" as const)]);
  // Kept no longer than the seat is taken.
  expect(freed.flatMap(({ address }) => address ?? [])).toEqual(["192.0.2.1"]);
  await expect(workshops.freeSeatsTakenFrom("stranger", id, "192.0.2.1")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await workshops.stop("local", id, { waitSeconds: 0 });
  const kept = await desk.gateway.db.selectFrom("learners").select("address").where("workshop", "=", id).execute();
  expect(kept.flatMap(({ address }) => address ?? [])).toEqual([]);
});

test("whose seat was freed before the end is told of no seat; who stayed is", async () => {
  const { id, code } = await runningRecord(desk, { seats: 2 });
  const [gone, stayed] = [browser(201), browser(202)];
  await join({ code, name: "Left early" }, gone);
  await join({ code, name: "Stayed" }, stayed);
  await desk.ask("POST", `/api/workshops/${id}/seats/1/free`);
  await desk.gateway.services.workshops.stop("local", id, { waitSeconds: 0 });
  const { seating } = desk.gateway.services;
  const told = async (who: string) => (await seating.waiting(code, { address: "192.0.2.1", browser: who }))?.mine;
  expect([await told(gone), await told(stayed)]).toEqual([
    { seat: 1, name: "Left early", freed: true },
    { seat: 2, name: "Stayed", freed: false },
  ]);
});

test("wrong codes of one browser are slowed down, the class behind the same address isn't", async () => {
  const { code } = await runningRecord(desk);
  for (let i = 0; i < 10; i++) await join({ code: "OTTER-9999" }, browser(11));
  const slow = await join({ code: "OTTER-9999" }, browser(11));
  expect([slow.status, slow.body.error.code]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(slow.headers.get("retry-after"))).toBeWithin(1, 61);
  expect((await join({ code }, browser(12))).status).toBe(200);
});

test("a join from another site's page is refused", async () => {
  const { code } = await runningRecord(desk);
  const foreign = await join({ code }, undefined, { origin: "http://localhost:4000" });
  expect([foreign.status, foreign.body.error.code]).toEqual([403, "FORBIDDEN"]);
  expect((await join({ code }, undefined, { origin: "http://localhost:3999" })).status).toBe(200);
});

test("whatever is sent to join, the answer is a clear one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: "binary" })), fc.string(), async (body, cookie) => {
      const header = cookie.replace(/[^\x20-\x7e]/g, "");
      const answer = await join(body, undefined, { cookie: header, "x-forwarded-for": "1.2.3.4" });
      expect([400, 404, 429]).toContain(answer.status);
      expect(answer.body.error.message.length).toBeGreaterThan(10);
    }),
    { numRuns: 100 },
  );
});
