import { expect, test } from "bun:test";
import { BEAT_MS } from "../../../../views/client/portal/beat.ts";
import { begin, connected, FIRST_MS, heard, look, SILENT_MS, type Stream } from "../../../../views/client/portal/held.ts";

/** A stream from 0 on, looked at each half second until `until`, over which this came. */
function after(until: number, came: Record<number, "part" | "beat" | "connected">): Stream {
  let stream = begin(0);
  for (let now = 0; now <= until; now += 500) {
    const what = came[now];
    if (what === "connected") stream = connected(stream, now);
    else if (what) stream = heard(stream, now, what === "beat");
    stream = look(stream, now);
  }
  return stream;
}

const beats = (from: number, every: number, count: number): Record<number, "beat"> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [from + index * every, "beat" as const]));

test("a stream that begins at once and goes on beating is never held", () => {
  expect(after(600_000, { 1000: "part", ...beats(1000 + BEAT_MS, BEAT_MS, 40) }).held).toBe(false);
});

test("one that doesn't begin in time is held, and what comes of it later in one go doesn't change that", () => {
  expect(after(FIRST_MS - 500, {}).held).toBe(false);
  expect(after(FIRST_MS, {}).held).toBe(true);
  expect(after(70_000, { 60000: "part", ...beats(60_500, 500, 4) }).held).toBe(true);
});

test("one that falls silent is held, one that was connected anew has to begin at once", () => {
  expect(after(1000 + SILENT_MS - 500, { 1000: "part" }).held).toBe(false);
  expect(after(1000 + SILENT_MS, { 1000: "part" }).held).toBe(true);
  expect(after(11_000 + FIRST_MS, { 1000: "part", 11000: "connected" }).held).toBe(true);
});

test("a held one is believed again by heartbeats at their distance alone", () => {
  const [later, often] = [beats(20_000, BEAT_MS, 3), beats(20_000, BEAT_MS, 2)];
  expect(after(20_000 + 2 * BEAT_MS, later).held).toBe(false);
  expect(after(20_000 + 2 * BEAT_MS, often).held).toBe(true);
  expect(after(20_000 + 2 * BEAT_MS, { ...later, 20500: "beat", 35500: "beat", 50500: "beat" }).held).toBe(true);
  const parts = { 20000: "part", [20_000 + BEAT_MS]: "part", [20_000 + 2 * BEAT_MS]: "part" } as const;
  expect(after(20_000 + 2 * BEAT_MS, parts).held).toBe(true);
});
