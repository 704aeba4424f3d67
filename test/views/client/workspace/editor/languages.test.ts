import { expect, test } from "bun:test";
import { languageOf } from "../../../../../views/client/workspace/editor/languages.ts";

test("a file's language is named by its name or ending, and a file called as a property of every object has none", () => {
  expect([languageOf("Makefile"), languageOf("a.toml"), languageOf(".env.local"), languageOf("a.py")]).toEqual([
    "shell",
    "ini",
    "shell",
    undefined,
  ]);
  for (const name of ["constructor", "toString", "a.constructor", "__proto__"]) expect(languageOf(name), name).toBeUndefined();
});
