import { expect, test } from "bun:test";
import { dependencies, devDependencies } from "../../package.json";

test("every package is pinned: a fresh clone gets what was tried, not what is newest", () => {
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
