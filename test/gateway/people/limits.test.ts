import { expect, test } from "bun:test";
import { FailureLimits } from "../../../gateway/people/limits.ts";

test("failures are counted for a minute, by each key of its own", () => {
  let now = 0;
  const limits = new FailureLimits(() => now);
  const [mine, yours] = [[{ key: "a", most: 2 }], [{ key: "b", most: 2 }]];
  limits.failed(mine);
  limits.check(mine, "Too many.");
  limits.failed(mine);
  now = 20_000;
  expect(() => limits.check(mine, "Too many.")).toThrow("Too many. You can try again in 40 seconds.");
  limits.check(yours, "Too many.");
  now = 60_000;
  limits.check(mine, "Too many.");
});

test("strangers who make up clients don't fill the memory", () => {
  const limits = new FailureLimits(() => 0);
  for (let i = 0; i < 50_000; i++) limits.failed([{ key: `client ${i}`, most: 1 }]);
  limits.check([{ key: "client 0", most: 1 }], "Forgotten long ago.");
  // The latest still counts.
  expect(() => limits.check([{ key: "client 49999", most: 1 }], "Too many.")).toThrow("Too many");
});
