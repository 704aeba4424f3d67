import { expect, test } from "bun:test";
import { SEAT_CHARACTERS } from "../../../agent/contract/seat-keyboard.ts";
import { keyboardMap, PLACES } from "../../../agent/previews/keyboard.ts";

test("every character has one place on the keyboard, and there is room for all", () => {
  expect(new Set(SEAT_CHARACTERS).size).toBe(SEAT_CHARACTERS.length);
  expect(SEAT_CHARACTERS.length).toBeLessThanOrEqual(PLACES);
});

test("X's own compiler takes the keyboard whole: each character is on it", async () => {
  const compiler = Bun.spawn(["xkbcomp", "-w0", "-xkb", "-", "-"], {
    stdin: new Blob([keyboardMap()]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const compiled = await new Response(compiler.stdout).text();
  expect([await compiler.exited, await new Response(compiler.stderr).text()]).toEqual([0, ""]);
  // It writes names for what has one: the keys are counted.
  const symbols = [...compiled.matchAll(/symbols\[Group1\]= \[([^\]]*)\]/g)]
    .flatMap(([, list = ""]) => list.split(","))
    .map((one) => one.trim());
  expect(symbols.filter((name) => name !== "NoSymbol").length).toBeGreaterThanOrEqual(SEAT_CHARACTERS.length);
});
