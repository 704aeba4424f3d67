import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Problem } from "../../../agent/contract/errors.ts";
import { openDocuments } from "../../../agent/machine/documents.ts";
import { newDocument, newMachineDir, newSigner } from "../../support/machine.ts";

const signer = await newSigner();
const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

async function machine() {
  const boot = newDocument(signer, 2, { nonce: "ab".repeat(32) });
  const dir = await newMachineDir(boot);
  dirs.push(dir);
  const { nonce: _, ...document } = boot;
  return { dir, document, documents: openDocuments(dir) };
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return "taken";
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
}

test("the boot document counts until another is put, which is on the disk when put returns", async () => {
  const { dir, document, documents } = await machine();
  expect(documents.current().revision).toBe(1);
  documents.put({ ...document, revision: 2 });
  expect(JSON.parse(readFileSync(join(dir, "document.json"), "utf8")).revision).toBe(2);
  const again = openDocuments(dir);
  expect(again.current().revision).toBe(2);
  expect(again.nonce).toBe("ab".repeat(32));
});

test("a lower revision is a conflict, the same one is taken again", async () => {
  const { document, documents } = await machine();
  documents.put({ ...document, revision: 5 });
  expect(codeOf(() => documents.put({ ...document, revision: 4 }))).toBe("STATE_CONFLICT");
  expect(codeOf(() => documents.put({ ...document, revision: 5 }))).toBe("taken");
  expect(documents.current().revision).toBe(5);
});

test("a machine that is ending never runs again, and no generation goes back", async () => {
  const { document, documents } = await machine();
  documents.put({ ...document, revision: 2, seats: [{ seat: 1, generation: 3, freshSince: 3 }] });
  expect(codeOf(() => documents.put({ ...document, revision: 3 }))).toBe("STATE_CONFLICT");
  documents.put({ ...document, revision: 4, phase: "ending", seats: [] });
  expect(codeOf(() => documents.put({ ...document, revision: 5 }))).toBe("STATE_CONFLICT");
});

test("documents of another machine, without keys, with private keys or seats named twice are refused", async () => {
  const { document, documents } = await machine();
  const seat = { seat: 1, generation: 1, freshSince: 1 };
  const wrong = [
    { machine: "clarateach-other" },
    { workshop: { id: "ws-other0", name: "Other" } },
    { keys: [] },
    { keys: [{ ...signer.jwk, d: "secret" }] },
    { keys: [{ kty: "oct", k: "c2VjcmV0" }] },
    { seats: [seat, seat] },
    { seats: [{ ...seat, freshSince: 2 }] },
    { endsAt: "tomorrow" },
    { phase: "paused" },
    { version: 2 },
  ];
  for (const more of wrong) expect(codeOf(() => documents.put({ ...document, revision: 9, ...more }))).toBe("INVALID_INPUT");
  expect(documents.current().revision).toBe(1);
});

test("any other JSON is refused with a sentence", async () => {
  const { documents } = await machine();
  fc.assert(fc.property(fc.jsonValue(), (value) => expect(codeOf(() => documents.put(value))).toBe("INVALID_INPUT")));
});

test("a directory without a document, or with a damaged one, stops the agent with the file's name", async () => {
  const { dir } = await machine();
  writeFileSync(join(dir, "machine.json"), "{");
  expect(() => openDocuments(dir)).toThrow(/machine\.json" is not a machine document/);
  rmSync(join(dir, "machine.json"));
  expect(() => openDocuments(dir)).toThrow(/cannot read the machine's document/);
});
