import { expect, test } from "bun:test";
import { UpdateMeter } from "../../../../../views/client/workspace/preview/update-meter.ts";

test("an update took from the piece with its first byte to the one with its last, in which came what isn't in the first", () => {
  const meter = new UpdateMeter();
  meter.heard(100, 1000);
  meter.begin();
  meter.heard(120, 20);
  meter.heard(180, 3);
  expect(meter.end()).toEqual({ at: 180, took: 80, bytes: 23, way: 0 });
});

test("the way is the shortest of the last answers, asked for once a second, and what nobody asked for isn't one", () => {
  const meter = new UpdateMeter();
  const ways = [90, 40, 60, 70, 80, 100, 95].map((way, i) => {
    const at = i * 1000;
    expect([meter.isDue(at), meter.isDue(at)]).toEqual([true, true]);
    meter.asked(at);
    expect(meter.isDue(at + 999)).toBe(false);
    meter.heard(at + way, 1);
    meter.answered();
    meter.heard(at + way + 5, 1);
    meter.answered();
    meter.begin();
    return meter.end().way;
  });
  expect(ways).toEqual([90, 40, 40, 40, 40, 40, 60]);
});
