import { expect, test } from "bun:test";
import {
  freshLine,
  type Line,
  LONGEST_MS,
  learn,
  QUALITIES,
} from "../../../../../views/client/workspace/preview/line-quality.ts";

const WORST = QUALITIES.length - 1;
/** Bytes in a millisecond, of a line of 2 Mbit/s: where the line is the limit, what takes longer is larger. */
const RATE = 250;
/** The levels after each update; `[seconds, milliseconds it took]`. */
function levels(updates: [number, number][], way = 0): number[] {
  let line: Line = freshLine(0);
  return updates.map(([at, took]) => {
    line = learn(line, { at: at * 1000, took, bytes: took * RATE, way });
    return line.level;
  });
}

/** The last of the pane's own size. */
const LARGE = QUALITIES.findLastIndex(({ share }) => share === 1);

// biome-ignore format: a story a line
const cases: [story: string, updates: [seconds: number, took: number][], levels: number[]][] = [
  ["a fast line stays at the best", [[1, 5], [2, 20], [60, 149]], [0, 0, 0]],
  ["a picture that took a little too long costs one level", [[1, 188]], [1]],
  ["one that took much too long, as many as it needs", [[1, 292]], [2]],
  ["but for one large picture the screen isn't made smaller", [[1, 5000], [1.2, 5000]], [LARGE, LARGE]],
  ["it is when pictures are late again and again", [[1, 5000], [2, 292], [3, 292], [4, 292]], [LARGE, LARGE, LARGE, 4]],
  ["what was under way when it fell isn't counted again", [[1, 188], [1.3, 188], [1.5, 400]], [1, 1, 1]],
  ["afterwards it is", [[1, 188], [2, 188]], [1, 2]],
  ["on a line that got fast it rises, a level at a time", [[1, 292], [8, 10], [15, 10], [22, 10]], [2, 1, 0, 0]],
  ["not before its time", [[1, 188], [6, 10], [6.9, 10], [7.1, 10]], [1, 1, 1, 0]],
  ["and not where the better one would be late again", [[1, 188], [5, 135], [9, 10], [14, 10]], [1, 1, 1, 1]],
  ["but after as long without one it is", [[1, 188], [5, 135], [9, 10], [16, 10]], [1, 1, 1, 0]],
  ["three late ones over minutes make no smaller screen", [[1, 5000], [9, 292], [30, 292], [60, 292]], [LARGE, LARGE, LARGE, LARGE]],
  ["what is late at the worst stays there", [[1, 9000], [2, 9000], [3, 9000], [4, 9000], [9, 900], [14.9, 900], [20, 10]], [LARGE, LARGE, LARGE, WORST, WORST, WORST, WORST]],
  ["a relapse waits twice as long", [[1, 188], [8, 10], [9, 188], [16, 10], [20, 10], [21.1, 10]], [1, 0, 1, 1, 1, 0]],
  ["and goes to where it was, however late it is", [[1, 292], [8, 10], [9, 900]], [2, 1, 2]],
  ["after one that held, the next is tried as soon as the first", [[1, 292], [8, 10], [9, 188], [21.5, 10], [34, 10], [35, 188], [46, 10], [47.1, 10]], [2, 1, 2, 1, 0, 1, 1, 0]],
];
test.each(cases)("%s", (_, updates, expected) => expect(levels(updates)).toEqual(expected));

test("on a far line less is late, but never so little that only the way would have to be shorter", () => {
  expect(levels([[1, 100]])).toEqual([0]);
  expect(levels([[1, 100]], 150)).toEqual([1]);
  expect(levels([[1, 70]], 2000)).toEqual([0]);
});

test("each quality costs less than the one before, and none is larger than its pane", () => {
  const costs = QUALITIES.map(({ cost }) => cost);
  expect(costs).toEqual([...costs].sort((a, b) => b - a));
  expect(new Set(costs).size).toBe(costs.length);
  for (const { share, quality, compression } of QUALITIES) {
    expect(share).toBeLessThanOrEqual(1);
    for (const level of [quality, compression]) expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(level);
  }
});

test("on a line where the best is always late, it is tried ever more rarely, and within a minute or so again", () => {
  let line = freshLine(0);
  const tries: number[] = [];
  for (let at = 0; at < 3600_000; at += 700) {
    const before = line.level;
    const took = line.level === 0 ? LONGEST_MS + 50 : 10;
    line = learn(line, { at, took, bytes: took * RATE, way: 0 });
    if (line.level === 0 && before > 0) tries.push(at / 1000);
  }
  const gaps = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
  expect(tries.length).toBeGreaterThan(5);
  expect(tries.length).toBeLessThan(70);
  expect(Math.max(...gaps)).toBeLessThan(70);
});

/** Seven pictures of the same size a second, on a line that takes 10 ms for each; of the second named one is late. */
function onGoodLine(from: Line, seconds: number, isLate: (second: number, picture: number) => boolean): number[] {
  let line = from;
  return Array.from({ length: seconds * 7 }, (_, i) => {
    const took = isLate(Math.floor(i / 7), i % 7) ? 400 : 10;
    line = learn(line, { at: (i * 1000) / 7, took, bytes: 100_000, way: 0 });
    return line.level;
  });
}

test("where a processor is busy, single late pictures on a good line cost nothing, and it rises all the same", () => {
  const everySecond = (_: number, picture: number) => picture === 3;
  expect(Math.max(...onGoodLine(freshLine(0), 60, everySecond))).toBe(0);
  expect(onGoodLine({ ...freshLine(0), level: WORST }, 60, everySecond).at(-1)).toBe(0);
});

test("a line that gets narrow is believed at the second late picture in a row", () => {
  const narrow = (second: number) => second >= 5;
  const found = onGoodLine(freshLine(0), 6, narrow);
  expect(found.slice(0, 36).every((level) => level === 0)).toBe(true);
  expect(found[36]).toBe(LARGE);
});

test("a larger picture than any that was quick is believed at once", () => {
  const line = learn(freshLine(0), { at: 1000, took: 10, bytes: 20_000, way: 0 });
  expect(learn(line, { at: 2000, took: 400, bytes: 100_000, way: 0 }).level).toBe(LARGE);
});
