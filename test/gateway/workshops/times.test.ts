import { expect, test } from "bun:test";
import type { Problem } from "../../../agent/contract/errors.ts";
import { extended, scheduled } from "../../../gateway/workshops/moved-times.ts";
import { concluded, created, started, startedInTime } from "../../../gateway/workshops/moves.ts";
import type { Held } from "../../../gateway/workshops/record.ts";
import { checkedTimes } from "../../../gateway/workshops/times.ts";
import { latestClassEnd, machinesEnd } from "../../../gateway/workshops/workshop.ts";

const NOW = new Date("2026-11-29T10:00:00.000Z");
const LEAD_MS = 10 * 60_000;
const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };
const at = (clock: string) => `2026-11-29T${clock}:00.000Z`;
const date = (clock: string) => new Date(at(clock));

const newClass = (startsAt: string | null = null, endsAt: string | null = null): Held =>
  created(
    "ida",
    {
      name: "Data",
      seats: 2,
      hours: 4,
      definition: null,
      environment: ENVIRONMENT,
      times: { starts_at: startsAt, planned_end: endsAt },
    },
    { id: "ws-abc123", code: "LION-7K3M" },
    NOW,
  );

const problemsOf = (startsAt?: unknown, endsAt?: unknown) =>
  checkedTimes({ startsAt, endsAt }, { createdAt: NOW.getTime(), now: NOW.getTime(), zone: undefined }).problems;

/** The sentence of what a call throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (thrown) {
    return `${(thrown as Problem).code}: ${(thrown as Problem).message}`;
  }
  throw new Error("it was not refused");
}

test("times that make no class are refused, each with its value and what to do", () => {
  expect(problemsOf()).toEqual({});
  expect(problemsOf(at("14:00"), at("18:00"))).toEqual({});
  expect(problemsOf(undefined, at("18:00"))).toEqual({});
  expect(problemsOf(at("09:59")).startsAt).toBe(
    "Sunday 29 November at 09:59 UTC has passed. Choose a later time, or none to start it by hand.",
  );
  expect(problemsOf("soon", 7)).toEqual({
    startsAt: "startsAt is “soon”; use ISO 8601 with its zone, as 2026-11-29T14:00:00Z.",
    endsAt: "endsAt is “7”; use ISO 8601 with its zone, as 2026-11-29T14:00:00Z.",
  });
  // The sealed key is kept for 90 days.
  expect(problemsOf("2027-02-26T10:00:00Z")).toEqual({});
  expect(problemsOf("2027-02-26T10:01:00Z").startsAt).toContain("too far ahead");
  expect(problemsOf(at("14:00"), at("13:00")).endsAt).toContain(
    "is before its start. Choose a time after Sunday 29 November at 14:00",
  );
  expect(problemsOf(at("14:00"), at("14:09")).endsAt).toContain("less than 10 minutes");
  expect(problemsOf(at("11:00"), at("23:01")).endsAt).toContain("more than 12 hours");
  expect(problemsOf(undefined, at("09:00")).endsAt).toContain("has passed");
});

test("a class begins by itself so long before its time that it is ready then, and ends as it was agreed", () => {
  const held = newClass(at("14:00"));
  expect(startedInTime(held, LEAD_MS, date("13:49"))).toBe(held);
  const { workshop } = startedInTime(held, LEAD_MS, date("13:50"));
  expect(workshop).toMatchObject({ state: "provisioning", starts_at: at("14:00"), ends_at: at("18:00") });
  expect(machinesEnd(workshop)).toBe(Date.parse(at("22:00")));
  const until = startedInTime(newClass(at("14:00"), at("15:30")), LEAD_MS, date("13:50")).workshop;
  expect([until.ends_at, until.latest_end]).toEqual([at("15:30"), at("19:30")]);
});

test("what was due while no gateway ran begins late and ends as agreed; once that has passed it doesn't begin", () => {
  const held = newClass(at("14:00"));
  expect(startedInTime(held, LEAD_MS, date("17:59")).workshop).toMatchObject({ state: "provisioning", ends_at: at("18:00") });
  expect(startedInTime(held, LEAD_MS, date("18:00"))).toBe(held);
  // It was missed: whoever starts it by hand gets its hours.
  expect(started(held, date("19:00")).workshop).toMatchObject({ starts_at: null, ends_at: at("23:00") });
});

test("by hand it begins now, with its hours or its end; an end that has passed or is too far is told", () => {
  expect(started(newClass(at("14:00")), NOW).workshop).toMatchObject({ starts_at: null, ends_at: at("14:00") });
  expect(started(newClass(null, at("12:00")), NOW).workshop.ends_at).toBe(at("12:00"));
  expect(refusal(() => started(newClass(null, at("12:00")), date("12:00")))).toBe(
    "STATE_CONFLICT: “Data” can’t start now with the end that it has. Sunday 29 November at 12:00 UTC has passed.",
  );
  expect(refusal(() => started(newClass(null, at("23:00")), NOW))).toContain("more than 12 hours");
});

test("a start that failed by itself isn't tried again by itself, and says so; another time may be chosen", () => {
  const begun = startedInTime(newClass(at("14:00")), LEAD_MS, date("13:50"));
  const failing = concluded(begun, { kind: "failed", reason: "No quota.\nkernel: panic" }, { learners: 0 }, date("13:52"));
  const failed = concluded(failing, { kind: "undone" }, { learners: 0 }, date("13:53"));
  expect(failed.workshop).toMatchObject({ state: "failed", starts_at: null, ends_at: null, latest_end: null });
  expect(failed.workshop.failure).toBe(
    "No quota. It began by itself at its time, and isn’t tried again without you.\nkernel: panic",
  );
  expect(startedInTime(failed, LEAD_MS, date("13:54"))).toBe(failed);
  const again = scheduled(failed, { startsAt: at("13:58") }, date("13:55"));
  expect(startedInTime(again, LEAD_MS, date("13:55")).workshop.attempt).toBe(2);
});

test("what is planned changes and goes; what isn't said stays, unless it has passed", () => {
  const held = newClass(at("14:00"), at("16:00"));
  expect(scheduled(held, { startsAt: null }, NOW).workshop).toMatchObject({ starts_at: null, planned_end: at("16:00") });
  expect(scheduled(held, { endsAt: null }, NOW).workshop).toMatchObject({ starts_at: at("14:00"), planned_end: null });
  expect(scheduled(held, { startsAt: at("20:00"), endsAt: null }, date("17:00")).workshop.starts_at).toBe(at("20:00"));
  expect(scheduled(held, { endsAt: at("20:00") }, date("17:00")).workshop.starts_at).toBeNull();
  expect(refusal(() => scheduled(held, { startsAt: at("17:00") }, NOW))).toContain("is before its start");
  expect(refusal(() => scheduled(started(held, NOW), { startsAt: at("17:00") }, NOW))).toContain("STATE_CONFLICT");
});

test("the end moves either way, up to a ceiling that doesn't move with it", () => {
  const running = started(newClass(), NOW);
  const [ceiling, latest] = [machinesEnd(running.workshop), latestClassEnd(running.workshop)];
  expect([ceiling, latest]).toEqual([Date.parse(at("18:00")), Date.parse(at("17:45"))]);
  const longer = extended(running, at("17:45"), date("13:00"));
  expect(longer.workshop).toMatchObject({ ends_at: at("17:45"), document: running.workshop.document + 1 });
  expect([machinesEnd(longer.workshop), latestClassEnd(longer.workshop)]).toEqual([ceiling, latest]);
  expect(refusal(() => extended(longer, at("17:46"), date("13:00")))).toBe(
    "INVALID_INPUT: Sunday 29 November at 17:46 UTC is too late: its machines were made for a class that goes on until Sunday 29 November at 17:45 UTC at most.",
  );
  const shorter = extended(longer, at("13:30"), date("13:00"));
  expect([shorter.workshop.ends_at, machinesEnd(shorter.workshop)]).toEqual([at("13:30"), ceiling]);
  // The same again tells no machine anything.
  expect(extended(shorter, at("13:30"), date("13:00")).workshop).toBe(shorter.workshop);
});

test("a class of a release before keeps the ceiling that its machines were made with", () => {
  const running = started(newClass(), NOW);
  const old = { ...running, workshop: { ...running.workshop, latest_end: null } };
  const longer = extended(old, at("17:00"), NOW);
  expect(longer.workshop.latest_end).toBe(at("18:00"));
  expect(refusal(() => extended(longer, at("20:00"), NOW))).toContain("goes on until Sunday 29 November at 17:45");
});

test("an end that is none, has passed, or of a class that doesn't run is refused", () => {
  const running = started(newClass(), NOW);
  expect(refusal(() => extended(running, undefined, NOW))).toContain("endsAt is missing");
  expect(refusal(() => extended(running, "later", NOW))).toContain("“later”");
  expect(refusal(() => extended(running, at("09:00"), NOW))).toContain("has passed. Choose a later time, or stop the workshop.");
  expect(refusal(() => extended(newClass(), at("17:00"), NOW))).toContain("STATE_CONFLICT: The workshop “Data” is created");
  const failing = concluded(running, { kind: "failed", reason: "No quota." }, { learners: 0 }, NOW);
  expect(refusal(() => extended(failing, at("17:00"), NOW))).toContain("is being undone");
});
