import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKept } from "../../../agent/relay/kept.ts";

let directory: string;
let paths: [string, string];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ct-kept-"));
  paths = [join(directory, "a"), join(directory, "b")];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("the last value is found again, shorter ones behind longer ones too", () => {
  expect(openKept(paths).first).toBeUndefined();
  for (const value of ["long ".repeat(1000), "short", "x", "longer", ""]) {
    openKept<string>(paths).keep(value);
    expect(openKept<string>(paths).first).toBe(value);
  }
});

test("of two files one may be spoiled by a power cut: the other counts; with both spoiled nothing is forgotten silently", () => {
  const kept = openKept<number>(paths);
  for (const value of [1, 2, 3]) kept.keep(value);
  const newest = paths.find((path) => readFileSync(path, "utf8").includes('"value":3')) ?? "";
  truncateSync(newest, 5);
  expect(openKept<number>(paths).first).toBe(2);
  openKept<number>(paths).keep(4);
  expect(openKept<number>(paths).first).toBe(4);
  for (const path of paths) writeFileSync(path, "nonsense");
  expect(() => openKept(paths)).toThrow("restore the file");
});
