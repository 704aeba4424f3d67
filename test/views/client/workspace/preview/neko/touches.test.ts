import { expect, test } from "bun:test";
import type { Deed } from "../../../../../../views/client/workspace/preview/neko/input.ts";
import { Touches } from "../../../../../../views/client/workspace/preview/neko/touches.ts";
import { until } from "../../../../../support/until.ts";

function hand(asSuch = false) {
  const deeds: Deed[] = [];
  const touches = new Touches(
    (deed) => deeds.push(deed),
    () => asSuch,
  );
  /** Deeds since the last call: what they are, and which button or way. */
  const did = () =>
    deeds
      .splice(0)
      .map((deed) => ("button" in deed ? `${deed.is} ${deed.button}` : "control" in deed ? `scroll ${deed.y}` : deed.is));
  return { touches, did, deeds };
}
const [HERE, THERE] = [
  { x: 100, y: 100 },
  { x: 200, y: 100 },
];
const below = ({ x, y }: typeof HERE, by: number) => ({ x, y: y + by });

test("a tap clicks where it is, and one that trembles is still a tap", () => {
  const { touches, did } = hand();
  touches.down(1, HERE, 0);
  touches.move(1, below(HERE, 5), 0);
  touches.up(1, HERE);
  expect(did()).toEqual(["move", "buttondown 1", "buttonup 1"]);
});

/** How far, in all. */
function scrolled([first, ...scrolls]: string[]): number {
  expect(first).toBe("move");
  return scrolls.reduce((sum, deed) => sum + Number(/^scroll (.+)$/.exec(deed)?.[1]), 0);
}

test("one finger that moves scrolls, as do two, and neither clicks", () => {
  const { touches, did } = hand();
  touches.down(1, HERE, 0);
  touches.move(1, below(HERE, -120), 0);
  touches.up(1, HERE);
  expect(did()).toEqual(["move", "scroll -2"]);
  touches.down(1, HERE, 0);
  touches.down(2, THERE, 0);
  for (const step of [-30, -60, -90, -120]) {
    touches.move(1, below(HERE, step), 0);
    touches.move(2, below(THERE, step), 0);
  }
  touches.up(2, THERE);
  touches.up(1, HERE);
  // Two fingers take the page as far as one.
  expect(scrolled(did())).toBe(-2);
});

test("a long press is the right button, once, and so is a tap with two fingers", async () => {
  const { touches, did, deeds } = hand();
  touches.down(1, HERE, 0);
  await until("the press", () => deeds.length === 3);
  expect(did()).toEqual(["move", "buttondown 3", "buttonup 3"]);
  touches.move(1, below(HERE, 200), 0);
  touches.up(1, HERE);
  expect(did()).toEqual([]);
  touches.down(1, HERE, 0);
  touches.down(2, THERE, 0);
  touches.up(1, HERE);
  touches.up(2, THERE);
  expect(did()).toEqual(["move", "buttondown 3", "buttonup 3"]);
});

test("a third finger, and what goes elsewhere in the middle, change nothing", () => {
  const { touches, did } = hand();
  touches.down(1, HERE, 0);
  touches.down(2, THERE, 0);
  touches.down(3, THERE, 0);
  touches.releaseAll();
  for (const id of [1, 2, 3]) touches.up(id, HERE);
  expect(did()).toEqual([]);
  touches.down(1, HERE, 0);
  touches.up(1, HERE);
  expect(did()).toEqual(["move", "buttondown 1", "buttonup 1"]);
});

test("a third finger in the middle of a scroll with two takes the page no further", () => {
  const { touches, did } = hand();
  touches.down(1, HERE, 0);
  touches.down(2, THERE, 0);
  for (const step of [-30, -60, -90, -120]) {
    touches.move(1, below(HERE, step), 0);
    touches.move(2, below(THERE, step), 0);
    if (step === -60) touches.down(3, HERE, 0);
    touches.move(3, below(HERE, 10 * step), 0);
  }
  for (const id of [1, 2, 3]) touches.up(id, HERE);
  expect(scrolled(did())).toBe(-2);
});

test("a screen that takes touches as such gets each finger", () => {
  const { touches, did } = hand(true);
  touches.down(1, HERE, 0);
  touches.down(2, THERE, 0);
  touches.move(1, THERE, 0);
  touches.up(2, THERE);
  touches.releaseAll();
  expect(did()).toEqual(["touchbegin", "touchbegin", "touchupdate", "touchend", "touchend"]);
});
