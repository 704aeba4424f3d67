import { expect, test } from "bun:test";
import fc from "fast-check";
import { copied, pasteable } from "../../../../../views/client/workspace/terminal/clipboard.ts";
import { keySequence, withCtrl } from "../../../../../views/client/workspace/terminal/keys.ts";
import { isPassing } from "../../../../../views/client/workspace/terminal/replies.ts";

test("what the terminal says by itself is told from what a person types", () => {
  const answers = [
    "\x1b[?1;2c",
    "\x1b[>0;276;0c",
    "\x1b[?1;2c\x1b[>0;276;0c",
    "\x1b[0n",
    "\x1b[24;80R",
    "\x1b[?24;80R",
    "\x1b[?2026;2$y",
    "\x1bP1$r0m\x1b\\",
    "\x1bP>|xterm.js(6.0.0)\x1b\\",
    "\x1b]11;rgb:1414/2121/1c1c\x1b\\",
    "\x1b]10;rgb:1414/2121/1c1c\x07",
    "\x1b[I",
    "\x1b[O",
    "\x1b[<0;12;7M",
    "\x1b[<64;12;7M\x1b[<64;12;7M",
    "\x1b[4;500;900t",
  ];
  for (const answer of answers) expect([answer, isPassing(answer)]).toEqual([answer, true]);
  const typed = [
    "",
    "a",
    "c",
    "\x1b",
    "\x1b[A",
    "\x1bOA",
    "\x1b[3~",
    "\x1b[1;5C",
    "\x1b[200~\x1b[?1;2c\x1b[201~",
    "\x1bb",
    "\x03",
    "日本",
    "[?1;2c",
  ];
  for (const keys of typed) expect([keys, isPassing(keys)]).toEqual([keys, false]);
});

test("a program's copy is base64 of UTF-8; a question, garbage and too much are nothing", () => {
  expect(copied(`c;${Buffer.from("äöü 🌱").toString("base64")}`)).toBe("äöü 🌱");
  expect(copied(`;${btoa("tmux")}`)).toBe("tmux");
  expect(copied("c;?")).toBeUndefined();
  expect(copied("c;")).toBeUndefined();
  expect(copied("c;***")).toBeUndefined();
  expect(copied(`c;${"A".repeat(2 * 1024 * 1024)}`)).toBeUndefined();
});

test("nothing pasted is a command to the terminal; text stays as it is", () => {
  expect(pasteable("a\tb\r\nc\nd")).toBe("a\tb\r\nc\nd");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const clean = pasteable(text);
      expect(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(clean)).toBe(false);
      expect(pasteable(clean)).toBe(clean);
    }),
  );
});

test("keys that phones lack", () => {
  expect(withCtrl("c")).toBe("\x03");
  expect(withCtrl("D")).toBe("\x04");
  expect(withCtrl("[")).toBe("\x1b");
  expect(withCtrl(" ")).toBe("\x00");
  expect(withCtrl("é")).toBe("é");
  expect(withCtrl("word")).toBe("word");
  expect(keySequence("ArrowUp", false)).toBe("\x1b[A");
  expect(keySequence("ArrowLeft", true)).toBe("\x1bOD");
  expect(keySequence("Escape", true)).toBe("\x1b");
});
