import { expect, test } from "bun:test";
import { duration, shown, span } from "../../views/client/shared/when.ts";
import { bytes, seatList } from "../../views/parts/amounts.ts";

const now = "2026-11-22T14:48:20Z";
const before = (ms: number) => new Date(Date.parse(now) - ms).toISOString();

test("spans are in hours and minutes", () => {
  expect([0, 59_999, 60_000, 3_600_000, 6_120_000].map(span)).toEqual([
    "less than a minute",
    "less than a minute",
    "1 min",
    "1 h",
    "1 h 42 min",
  ]);
});

test("what a task took has tenths only while they matter", () => {
  expect([100, 9_940, 11_800, 64_000].map(duration)).toEqual(["0.1 s", "9.9 s", "12 s", "1 min 4 s"]);
});

test("how long ago", () => {
  const ago = [1_000, 120_000, 3 * 3_600_000, 26 * 3_600_000, 80 * 3_600_000].map((ms) => shown("ago", before(ms), now));
  expect(ago).toEqual(["just now", "2 min ago", "3 h ago", "a day ago", "3 days ago"]);
  expect(shown("ago", before(-5_000), now)).toBe("just now");
});

test("today has a clock, another day its name; what is no moment stays as it is", () => {
  expect(shown("when", before(60_000), now)).toMatch(/^\d\d:\d\d$/);
  expect(shown("when", before(50 * 3_600_000), now)).toMatch(/^\w+day \d+ November at \d\d:\d\d$/);
  expect(shown("clock", "soon", now)).toBe("soon");
});

test("seats are drawn together", () => {
  expect([[9], [9, 10], [1, 2, 3], [1, 3, 5, 6, 7, 8], []].map(seatList)).toEqual([
    "09",
    "09 and 10",
    "01 to 03",
    "01, 03 and 05 to 08",
    "",
  ]);
});

test("sizes are decimal", () => {
  expect([12, 1_500, 2_100_000, 18_400_000, 184_000_000, 9_600_000_000].map(bytes)).toEqual([
    "12 bytes",
    "2 kB",
    "2.1 MB",
    "18.4 MB",
    "184 MB",
    "9.6 GB",
  ]);
});
