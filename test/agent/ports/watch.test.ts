import { expect, test } from "bun:test";
import { openWatch } from "../../../agent/ports/watch.ts";
import type { SeatHandle } from "../../../agent/seats/seat.ts";

/** A seat whose looks the test answers. */
function seatOf(generation = 1) {
  const looks: ((ports: number[]) => void)[] = [];
  const listening = () => new Promise<number[]>((resolve) => void looks.push(resolve));
  return { handle: { seat: 1, generation, listening } as unknown as SeatHandle, looks };
}

test("a fresh look answers for all ports, those too where nobody listens; an old one for none", async () => {
  let now = 0;
  const { handle, looks } = seatOf();
  const watch = openWatch(
    () => handle,
    () => true,
    () => now,
  );
  const first = watch.isListening(handle, 3000);
  looks[0]?.([3000]);
  expect(await first).toBe(true);
  now = 999;
  expect(await watch.isListening(handle, 3000)).toBe(true);
  for (let port = 4000; port < 4100; port++) expect(await watch.isListening(handle, port)).toBe(false);
  expect(looks.length).toBe(1);
  now = 1000;
  const later = watch.isListening(handle, 4000);
  looks[1]?.([4000]);
  expect(await later).toBe(true);
});

test("who asks meanwhile waits for the same look", async () => {
  const { handle, looks } = seatOf();
  const watch = openWatch(
    () => handle,
    () => true,
  );
  const asked = [3000, 4000, 3000].map((port) => watch.isListening(handle, port));
  expect(looks.length).toBe(1);
  looks[0]?.([3000]);
  expect(await Promise.all(asked)).toEqual([true, false, true]);
});

test("what was seen, or is looked for, of the learner before says nothing of the next one", async () => {
  const [before, after] = [seatOf(1), seatOf(2)];
  const watch = openWatch(
    () => after.handle,
    () => true,
  );
  const late = watch.isListening(before.handle, 3000);
  watch.forget(1);
  const asked = watch.isListening(after.handle, 3000);
  before.looks[0]?.([3000]);
  await late;
  expect(watch.offered(1)).toEqual([]);
  after.looks[0]?.([]);
  expect(await asked).toBe(false);
  watch.forget(1);
  expect(watch.offered(1)).toEqual([]);
});
