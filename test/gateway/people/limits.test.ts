import { expect, test } from "bun:test";
import { FailureLimits } from "../../../gateway/people/limits.ts";

const limit = (key: string, most = 2, kind = "browser") => ({ kind, key, most, says: "Too many." });

test("failures are counted for a minute, by each key of its own", () => {
  let now = 0;
  const limits = new FailureLimits(() => now);
  const [mine, yours] = [[limit("a")], [limit("b")]];
  limits.begin(mine);
  limits.begin(mine);
  now = 20_000;
  expect(() => limits.begin(mine)).toThrow("Too many. You can try again in 40 seconds.");
  limits.begin(yours);
  now = 60_000;
  limits.begin(mine);
});

test("what succeeded is taken back, once", () => {
  const limits = new FailureLimits(() => 0);
  for (let i = 0; i < 100; i++) {
    const takeBack = limits.begin([limit("a", 1)]);
    takeBack();
    takeBack();
  }
  limits.begin([limit("a", 1)]);
  expect(() => limits.begin([limit("a", 1)])).toThrow("Too many.");
});

test("who is refused by one limit is not counted by the others", () => {
  const limits = new FailureLimits(() => 0);
  limits.begin([limit("address", 1)]);
  for (let i = 0; i < 10; i++) expect(() => limits.begin([limit("mine", 1), limit("address", 1)])).toThrow("Too many.");
  limits.begin([limit("mine", 1)]);
});

test("strangers who make up browsers and addresses neither fill the memory nor push out what was counted", () => {
  const limits = new FailureLimits(() => 0);
  limits.begin([limit("192.0.2.1", 2, "address")]);
  limits.begin([limit("192.0.2.1", 2, "address")]);
  for (let i = 0; i < 50_000; i++) limits.begin([limit(`made up ${i}`), limit(`made up ${i}`, 2, "address")]);
  expect(() => limits.begin([limit("192.0.2.1", 2, "address")])).toThrow("Too many.");
  // The first of fifty thousand single failures was forgotten.
  limits.begin([limit("made up 0")]);
  limits.begin([limit("made up 0")]);
});
