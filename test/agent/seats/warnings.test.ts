import { expect, test } from "bun:test";
import type { Json, Memory } from "../../../agent/engine/memory.ts";
import { openWarnings } from "../../../agent/seats/warnings.ts";

const HOUR = 3_600_000;

function warnings() {
  const facts = new Map<string, Json>();
  const memory: Memory = {
    get: (key) => facts.get(key),
    set: (key, value) => void (value === undefined ? facts.delete(key) : facts.set(key, value)),
    keys: (prefix) => [...facts.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const open = openWarnings(memory, () => clock.now);
  return { ...open, clock, texts: () => open.all().map(({ message }) => message) };
}

test("the same warning is one, in its newest words and with its first time", () => {
  const { add, all, clock } = warnings();
  add({ about: "disk", message: "91 %" });
  clock.now += HOUR;
  add({ about: "gpu", message: "none", seat: 4 });
  clock.now += HOUR;
  add({ about: "disk", message: "92 %" });
  expect(all()).toEqual([
    { message: "none", seat: 4, firstAt: "2026-01-01T01:00:00.000Z", lastAt: "2026-01-01T01:00:00.000Z" },
    { message: "92 %", firstAt: "2026-01-01T00:00:00.000Z", lastAt: "2026-01-01T02:00:00.000Z" },
  ]);
});

test("what was read stays away for a day; what came since is there still", () => {
  const { add, texts, clock, read } = warnings();
  add({ about: "disk", message: "91 %" });
  const until = clock.now;
  clock.now += 1;
  add({ about: "gpu", message: "none" });
  read(until);
  expect(texts()).toEqual(["none"]);
  clock.now += 23 * HOUR;
  add({ about: "disk", message: "95 %" });
  expect(texts()).toEqual(["none"]);
  clock.now += 2 * HOUR;
  add({ about: "disk", message: "96 %" });
  expect(texts()).toEqual(["none", "96 %"]);
});

test("a hundred are kept, the newest", () => {
  const { add, texts, clock } = warnings();
  for (let i = 0; i < 120; i++) {
    clock.now += 1;
    add({ about: `thing ${i}`, message: `m${i}` });
  }
  expect(texts()).toHaveLength(100);
  expect(texts()[0]).toBe("m20");
});
