import { expect, test } from "bun:test";
import type { Refused } from "../../../agent/relay/answers.ts";
import { openQueue, STREAMS_AT_ONCE, STREAMS_PER_SEAT } from "../../../agent/relay/queue.ts";
import { until } from "../../support/until.ts";

const { signal } = new AbortController();

test("seats take turns: one that fires many waits behind the others' first", async () => {
  const queue = openQueue();
  const order: number[] = [];
  const leave: (() => void)[] = [];
  const enter = (seat: number) =>
    void queue.enter(seat, signal).then((left) => {
      order.push(seat);
      leave.push(left);
    });
  // Five seats fill the line to the upstream.
  for (let seat = 1; seat <= STREAMS_AT_ONCE / STREAMS_PER_SEAT; seat++)
    for (let n = 0; n < STREAMS_PER_SEAT + 10; n++) enter(seat);
  // The others are kept for seats that have none.
  await until("all places to be taken", () => order.length === STREAMS_AT_ONCE - 5);
  order.length = 0;
  for (const seat of [6, 7, 6]) enter(seat);
  await until("the kept places to be taken", () => order.length === 2);
  // All of seat 1's; the others but 5 and 6 have as many as one seat may have.
  for (const left of leave.splice(0, STREAMS_PER_SEAT)) left();
  await until("as many others to go", () => order.length === 2 + STREAMS_PER_SEAT);
  expect(order.slice(0, 2)).toEqual([6, 7]);
  expect(order.slice(2, 5).sort()).toEqual([1, 5, 6]);
});

test("a seat that has nothing under way begins at once, however many the others hold and never end", async () => {
  const queue = openQueue();
  const running = new Map<number, number>();
  const enter = (seat: number) => void queue.enter(seat, signal).then(() => running.set(seat, (running.get(seat) ?? 0) + 1));
  for (let seat = 1; seat <= 9; seat++) for (let n = 0; n < 2 * STREAMS_PER_SEAT; n++) enter(seat);
  const all = () => [...running.values()].reduce((one, other) => one + other, 0);
  await until("all places but the kept one to be taken", () => all() === STREAMS_AT_ONCE - 1);
  enter(10);
  await until("the last seat to begin", () => running.get(10) === 1);
  expect([...running.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("near its cap a seat waits for its own answers, and others don't", async () => {
  const queue = openQueue((seat, own) => seat !== 1 || own < 1);
  const order: number[] = [];
  const leave: (() => void)[] = [];
  for (const seat of [1, 1, 2, 2])
    void queue.enter(seat, signal).then((left) => {
      order.push(seat);
      leave.push(left);
    });
  await until("three to go", () => order.length === 3);
  expect(order).toEqual([1, 2, 2]);
  leave[0]?.();
  await until("the last to go", () => order.length === 4);
});

test("a pause that the upstream asks for holds everybody back until it is over; who gives up waits no more", async () => {
  let now = 1000;
  const queue = openQueue(undefined, () => now);
  queue.hold(30);
  const giving = new AbortController();
  const [one, two] = [queue.enter(1, signal), queue.enter(2, giving.signal)];
  giving.abort(new Error("gone"));
  expect(two).rejects.toThrow("gone");
  let entered = false;
  void one.then(() => {
    entered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(entered).toBe(false);
  now += 30;
  await until("its turn", () => entered);
  // Longer ones aren't waited for, and after a quarter of an hour somebody may try.
  queue.hold(3_600_000);
  const refused = await queue.enter(1, signal).catch((error: unknown) => error);
  expect((refused as Refused).refusal).toMatchObject({ why: "held", retryAfter: 900 });
  now += 840_001;
  void queue.enter(1, signal).then(() => {
    entered = false;
  });
  now += 60_000;
  await queue.enter(2, signal);
  await until("its turn again", () => !entered);
});
