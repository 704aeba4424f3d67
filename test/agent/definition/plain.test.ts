import { expect, test } from "bun:test";
import { BUILT_IN_DEFINITIONS, CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import { whyNotPlain } from "../../../agent/definition/plain.ts";
import { shelfWith } from "./shelf.ts";

const normalized = (text: string, shelf = CATALOGUE): string => {
  const read = readDefinition(text, shelf);
  if (read.problems) throw new Error(JSON.stringify(read.problems));
  return read.value.text;
};
const [standard, python] = BUILT_IN_DEFINITIONS.map(({ text }) => normalized(text)) as [string, string];

test("plain processes can have the first built-in definition, whatever it is called, with its actions", () => {
  expect(whyNotPlain(undefined)).toBeUndefined();
  expect(whyNotPlain(standard)).toBeUndefined();
  expect(whyNotPlain(normalized(`${standard.replace("claude", "mine")}actions:\n  test: npm test\n`))).toBeUndefined();
});

test.each<[string, string]>([
  ["has python", python],
  ["leaves out browser", standard.replace(/ {2}- name: browser\n( {4}.*\n)*/, "")],
  ["has project-notes", normalized(`${standard}  - name: project-notes\n`, shelfWith({ notes: "name: notes" }))],
  ["has plugs, slots or connections", normalized(standard.replace("name: node\n", "name: node\n    plugs:\n      gpu:\n"))],
])("a definition that %s needs containers, and the sentence says what to do", (what, text) => {
  expect(whyNotPlain(text)).toStartWith(`This definition ${what}. Seats are plain processes on this computer`);
  expect(whyNotPlain(text)).toContain("Take the definition “claude”, or start ClaraTeach as root with --runtime docker");
});
