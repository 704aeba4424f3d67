import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { openLogFile } from "../../../agent/contract/log-file.ts";

test("a log that is written for ever stays bounded, loses no line that it should have, and is its owner's alone", () => {
  const directory = mkdtempSync(join(tmpdir(), "ct-log-"));
  const path = join(directory, "agent.log");
  const limit = 4096;
  for (const from of [0, 500]) {
    const log = pino({ base: null }, openLogFile(path, limit));
    for (let number = from; number < from + 500; number++) log.info({ number }, "fault");
  }
  expect(readdirSync(directory).sort()).toEqual(["agent.log", "agent.log.1"]);
  const kept = [`${path}.1`, path].flatMap((each) => readFileSync(each, "utf8").trim().split("\n"));
  const numbers = kept.filter((line) => line !== "").map((line) => JSON.parse(line).number as number);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 1000 - numbers.length + i));
  for (const name of readdirSync(directory)) {
    const { size, mode } = statSync(join(directory, name));
    expect([name, size < limit + 200, mode & 0o777]).toEqual([name, true, 0o600]);
  }
  rmSync(directory, { recursive: true });
});
