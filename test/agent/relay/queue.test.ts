import { expect, test } from "bun:test";
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
  await until("all places to be taken", () => order.length === STREAMS_AT_ONCE);
  for (const seat of [6, 7, 6]) enter(seat);
  order.length = 0;
  for (const left of leave.splice(0, 12)) left();
  await until("twelve others to go", () => order.length === 12);
  expect(order.slice(0, 3).sort()).toEqual([1, 6, 7]);
  expect(order.filter((seat) => seat === 6)).toHaveLength(2);
  expect(order.filter((seat) => seat === 7)).toHaveLength(1);
});

test("a pause that the upstream asks for holds everybody back until it is over; who gives up waits no more", async () => {
  let now = 1000;
  const queue = openQueue(() => now);
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
  // An hour isn't waited for.
  queue.hold(3_600_000);
  expect(queue.heldFor()).toBe(60_000);
});
