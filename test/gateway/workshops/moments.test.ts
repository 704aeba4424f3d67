import { expect, test } from "bun:test";
import fc from "fast-check";
import { isZone, localIn, momentIn, momentOf, sayMoment } from "../../../gateway/workshops/moments.ts";

const utc = (text: string) => Date.parse(text);

test("a moment has its zone with it; what is none is none, 30 February too", () => {
  expect(momentOf("2026-11-29T14:00:00Z")).toBe(utc("2026-11-29T14:00:00Z"));
  expect(momentOf("2026-11-29T14:00+02:00")).toBe(utc("2026-11-29T12:00:00Z"));
  for (const bad of ["", "tomorrow", "2026-11-29", "2026-11-29T14:00", "2026-02-30T14:00Z", "2026-11-29T25:00Z", "1795960800"])
    expect(momentOf(bad), bad).toBeUndefined();
});

test("what a form's field says is taken by the clock of who typed it, before and after the clocks change", () => {
  expect(momentIn("2026-11-29T14:00", "Europe/Berlin")).toBe(utc("2026-11-29T13:00:00Z"));
  expect(momentIn("2026-07-29T14:00", "Europe/Berlin")).toBe(utc("2026-07-29T12:00:00Z"));
  expect(momentIn("2026-11-29T14:00", "America/New_York")).toBe(utc("2026-11-29T19:00:00Z"));
  expect(momentIn("2026-11-29T14:00", "Asia/Kolkata")).toBe(utc("2026-11-29T08:30:00Z"));
  // 02:30 is jumped over on 29 March, and there twice on 25 October.
  expect(momentIn("2026-03-29T02:30", "Europe/Berlin")).toBe(utc("2026-03-29T01:30:00Z"));
  expect(momentIn("2026-10-25T02:30", "Europe/Berlin")).toBe(utc("2026-10-25T00:30:00Z"));
  for (const bad of ["", "14:00", "2026-02-30T14:00", "2026-11-29T24:00", "2026-11-29T14:61"])
    expect(momentIn(bad, "UTC"), bad).toBeUndefined();
});

test("what a field shows is taken back as the same minute, but for the hour that clocks have twice", () => {
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe"];
  fc.assert(
    fc.property(fc.integer({ min: 29_000_000, max: 31_000_000 }), fc.constantFrom(...zones), (minute, zone) => {
      const at = minute * 60_000;
      const back = momentIn(localIn(at, zone), zone) ?? 0;
      expect(localIn(back, zone)).toBe(localIn(at, zone));
      expect(at - back).toBeWithin(0, 3_600_001);
    }),
  );
});

test("sentences say a moment by the reader's clock, and name UTC", () => {
  expect(sayMoment(utc("2026-11-29T14:00:00Z"))).toBe("Sunday 29 November at 14:00 UTC");
  expect(sayMoment(utc("2026-11-29T23:30:00Z"), "Europe/Berlin")).toBe("Monday 30 November at 00:30");
  expect([isZone("Europe/Berlin"), isZone("Mars/Olympus"), isZone("")]).toEqual([true, false, false]);
});
