import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Problem } from "../../../agent/contract/errors.ts";
import { FailureLimits } from "../../../gateway/people/limits.ts";
import type { Caller } from "../../../gateway/services.ts";
import { Guesses } from "../../../gateway/workshops/guesses.ts";
import { type Desk, openDesk, runningRecord } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.end());

let made = 0;
const newBrowser = () => (made++).toString(16).padStart(32, "0");
const newAddress = () => `198.51.${(made >> 8) & 255}.${made++ & 255}`;
const wrong = () => `00${(made++).toString(36).padStart(3, "0").slice(-3)}`;

/** `in`, or why not. */
async function enter(code: string, caller: Caller, odehash?: string): Promise<string> {
  const wish = { code, ...(odehash !== undefined && { odehash }) };
  return desk.gateway.services.seating.enter(wish, caller).then(
    () => "in",
    (problem: Problem) => problem.code,
  );
}

async function sit(code: string, caller: Caller): Promise<string> {
  return (await desk.gateway.services.seating.enter({ code }, caller)).odehash;
}

const count = (answers: readonly string[], which: string) => answers.filter((answer) => answer === which).length;

/** No code begins with `00`: those are the wrong ones. */
async function workshopOf(seats: number) {
  const workshop = await runningRecord(desk, { seats });
  const victim = { address: newAddress(), browser: newBrowser() };
  return { ...workshop, victim, odehash: await sit(workshop.code, victim) };
}

test("of four hundred wrong codes at once from one address sixty are looked up, whatever browsers are made up", async () => {
  const { code, odehash } = await workshopOf(2);
  const address = newAddress();
  const tries = Array.from({ length: 400 }, () => enter(code, { address, browser: newBrowser() }, wrong()));
  const answers = await Promise.all(tries);
  expect([count(answers, "SESSION_NOT_FOUND"), count(answers, "RATE_LIMITED")]).toEqual([60, 340]);
  expect(await enter(code, { address, browser: newBrowser() }, odehash)).toBe("RATE_LIMITED");
});

test("browsers that entered by the guesser's own code drop no limit, and its failures are one learner's", async () => {
  const { code, odehash } = await workshopOf(3);
  const address = newAddress();
  const own = await sit(code, { address, browser: newBrowser() });
  const answers: string[] = [];
  for (let i = 0; i < 40; i++) {
    const browser = newBrowser();
    expect(await enter(code, { address: newAddress(), browser }, own)).toBe("in");
    for (let n = 0; n < 10; n++) answers.push(await enter(code, { address, browser }, wrong()));
    // Made up on the way, and nobody's.
    answers.push(await enter(code, { address, browser: newBrowser() }, wrong()));
  }
  // Ten of the learner, and one of each of forty strangers.
  expect(count(answers, "SESSION_NOT_FOUND")).toBe(50);
  for (let i = 0; i < 20; i++) await enter(code, { address }, wrong());
  expect(await enter(code, { address, browser: newBrowser() }, odehash)).toBe("RATE_LIMITED");
});

test("eight browsers are a learner's; the one that was away longest goes", async () => {
  const { id, code, odehash, victim } = await workshopOf(1);
  for (let i = 0; i < 7; i++) expect(await enter(code, { ...victim, browser: newBrowser() }, odehash)).toBe("in");
  expect(await enter(code, victim)).toBe("in");
  const { db } = desk.gateway;
  const known = () => db.selectFrom("browsers").select("digest").where("workshop", "=", id).execute();
  expect(await known()).toHaveLength(8);
  for (let i = 0; i < 20; i++) await enter(code, { ...victim, browser: newBrowser() }, odehash);
  expect(await known()).toHaveLength(8);
  expect(await enter(code, victim)).toBe("NO_SEATS");
});

test("ten thousand wrong codes from a hundred addresses find nothing; the instructor reads of it and the learner is let in", async () => {
  const { id, code, odehash } = await workshopOf(2);
  const addresses = Array.from({ length: 100 }, newAddress);
  const looked: string[] = [];
  const guess = async (address: string) => {
    for (let i = 0; i < 99; i++) looked.push(await enter(code, { address, browser: newBrowser() }, wrong()));
    looked.push(await enter(code, { address, browser: newBrowser() }, odehash));
  };
  await Promise.all(addresses.map(guess));
  expect(looked).toHaveLength(10_000);
  expect(count(looked, "in")).toBe(0);
  expect(count(looked, "SESSION_NOT_FOUND")).toBeLessThanOrEqual(100 * 3 + 30);
  const view = await desk.gateway.services.workshops.find("local", id);
  expect(view.guessing?.wrong).toBe(count(looked, "SESSION_NOT_FOUND"));
  expect(view.guessing?.addresses.toSorted()).toEqual(addresses.toSorted());
  // From home, on a new laptop, while it goes on.
  expect(await enter(code, { address: newAddress(), browser: newBrowser() }, odehash)).toBe("in");
});

test("who has a thousand IPv6 networks has three tries like anybody else", async () => {
  const { code, odehash } = await workshopOf(2);
  for (let i = 0; i < 30; i++) await enter(code, { address: newAddress() }, wrong());
  const answers: string[] = [];
  for (let i = 0; i < 1000; i++) answers.push(await enter(code, { address: `2001:db8:17:${i.toString(16)}::/64` }, wrong()));
  expect(count(answers, "SESSION_NOT_FOUND")).toBe(3);
  expect(await enter(code, { address: "2001:db8:18:0::/64" }, odehash)).toBe("in");
});

test("a code waits longer the more were wrong, never longer than a second, and not at all once it is over", () => {
  let now = 0;
  const guesses = new Guesses(new FailureLimits(() => now), () => now);
  const delays = Array.from({ length: 10_000 }, (_, i) => {
    guesses.wrong("ws-1", `192.0.2.${i % 200}`);
    return guesses.delay("ws-1");
  });
  expect([delays[29], delays[30], delays[79], delays[9999]]).toEqual([0, 10, 500, 1000]);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect([guesses.delay("ws-2"), guesses.of("ws-2")]).toEqual([0, undefined]);
  expect(guesses.of("ws-1")).toMatchObject({ wrong: 10_000, since: "1970-01-01T00:00:00.000Z" });
  now = 24 * 3_600_000;
  expect(guesses.of("ws-1")).toBeUndefined();
  guesses.wrong("ws-1", "192.0.2.1");
  expect(guesses.delay("ws-1")).toBe(0);
});

test("a handful of slips a minute all day long is no guessing", () => {
  let now = 0;
  const guesses = new Guesses(new FailureLimits(() => now), () => now);
  for (let minute = 0; minute < 12 * 60; minute++) {
    now = minute * 60_000;
    for (let i = 0; i < 3; i++) guesses.wrong("ws-1", "192.0.2.1");
    expect(guesses.of("ws-1")).toBeUndefined();
  }
});

test("a class of thirty behind one address meets no limit while one of them plays with wrong codes", async () => {
  const workshops = await Promise.all([1, 2, 3].map(() => runningRecord(desk, { seats: 10 })));
  const address = newAddress();
  const player = newBrowser();
  const play = async () => {
    for (let i = 0; i < 30; i++) {
      await enter("OTTER-9999", { address, browser: player });
      await enter(workshops[0]?.code ?? "", { address, browser: player }, wrong());
    }
  };
  const learn = async (code: string) => {
    const browser = newBrowser();
    await play();
    const odehash = await sit(code, { address, browser });
    await play();
    expect(await enter(code, { address, browser }, odehash)).toBe("in");
    expect(await enter(code, { address, browser: newBrowser() }, wrong())).toBe("SESSION_NOT_FOUND");
    expect(await enter(code, { address, browser: newBrowser() }, odehash)).toBe("in");
  };
  await Promise.all(workshops.flatMap(({ code }) => Array.from({ length: 10 }, () => learn(code))));
});

test("whoever knows no code of a class locks it out neither by codes of workshops nor out of its own browsers", async () => {
  const { code } = await workshopOf(10);
  const address = newAddress();
  const browser = newBrowser();
  const odehash = await sit(code, { address, browser });
  for (let i = 0; i < 150; i++) await enter("OTTER-9999", { address, browser: newBrowser() });
  for (let i = 0; i < 100; i++) await enter(code, { address, browser: newBrowser() }, wrong());
  expect(await enter("OTTER-9999", { address, browser: newBrowser() })).toBe("RATE_LIMITED");
  expect(await enter(code, { address, browser: newBrowser() })).toBe("in");
  expect(await enter(code, { address, browser }, odehash)).toBe("in");
});
