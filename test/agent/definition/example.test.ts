import { expect, test } from "bun:test";
import { readDefinition } from "../../../agent/definition/definition.ts";
import { ATTRIBUTES } from "../../../agent/definition/interfaces.ts";
import { KEYS_OF_SDK, readSdk } from "../../../agent/definition/sdk.ts";
import { KEYS_OF_ENTRY } from "../../../agent/definition/sdk-list.ts";
import { KEYS_OF_WORKSHOP } from "../../../agent/definition/workshop.ts";
import { exampleSdkText, exampleText, shelfWith } from "./shelf.ts";

const keysIn = (text: string): string[] => [...text.matchAll(/^[ -]*([a-z-]+):/gm)].map(([, key = ""]) => key);

test("the documented example is a definition, and its SDK an SDK", () => {
  expect(readSdk(exampleSdkText, "notes")).toMatchObject({
    value: { name: "notes", version: "1.20", summary: expect.any(String) },
  });
  expect(readDefinition(exampleText, shelfWith({ notes: exampleSdkText }))).toMatchObject({
    value: { definition: { base: "debian@12" } },
  });
});

test("the example uses every key there is, and every interface", () => {
  const ends = Object.values(ATTRIBUTES).flatMap(({ plug, slot }) => [...Object.keys(plug), ...Object.keys(slot)]);
  const used = keysIn(exampleText);
  for (const key of [...KEYS_OF_WORKSHOP, ...KEYS_OF_ENTRY, ...ends, "interface", "bind", "plug", "slot"])
    expect(used, key).toContain(key);
  for (const kind of Object.keys(ATTRIBUTES)) expect(exampleText, kind).toMatch(new RegExp(`: ${kind}$|^ +${kind}:$`, "m"));
  const ofSdk = keysIn(exampleSdkText);
  for (const key of KEYS_OF_SDK) expect(ofSdk, key).toContain(key);
});
