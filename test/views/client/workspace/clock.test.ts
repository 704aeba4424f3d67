import { expect, test } from "bun:test";
import { left } from "../../../../views/client/workspace/clock.ts";
import { nameProblem } from "../../../../views/client/workspace/files/paths.ts";

test("left() says minutes as people do", () => {
  expect([0, 9, 60, 102, 60 * 72].map(left)).toEqual(["Time is up", "9 min left", "1 h left", "1 h 42 min left", "3 days left"]);
});

test("nameProblem() refuses what no file can be called", () => {
  expect(["", ".", "..", "a/b", "ü".repeat(128)].map((name) => nameProblem(name) !== undefined)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(["a.py", ".env", "ü".repeat(127), "a b"].map(nameProblem)).toEqual([undefined, undefined, undefined, undefined]);
});
