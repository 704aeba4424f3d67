import { expect, test } from "bun:test";
import { posix } from "node:path";
import { Glob } from "bun";

/**
 * Which room may import which (README, "The map"). A key is a path prefix, the longest that fits counts; a value lists prefixes.
 * Packages are free except where a room is package-free.
 */
const MAY_IMPORT: Record<string, string[]> = {
  "agent/contract/": ["agent/contract/"],
  "agent/engine/": ["agent/engine/"],
  "agent/definition/": ["agent/definition/", "agent/contract/"],
  "agent/machine/": ["agent/machine/", "agent/contract/"],
  "agent/cli/": ["agent/cli/", "agent/contract/"],
  "agent/interfaces/": ["agent/interfaces/", "agent/contract/", "agent/definition/"],
  "agent/seats/": ["agent/seats/", "agent/contract/", "agent/engine/", "agent/definition/", "agent/interfaces/"],
  "agent/terminals/": ["agent/terminals/", "agent/contract/", "agent/seats/seat.ts"],
  "agent/files/": ["agent/files/", "agent/contract/", "agent/seats/seat.ts"],
  "agent/previews/": ["agent/previews/", "agent/contract/", "agent/seats/seat.ts"],
  "agent/front/": ["agent/front/", "agent/contract/"],
  "agent/relay/": ["agent/relay/", "agent/contract/", "agent/seats/seat.ts"],
  "agent/": ["agent/"],
  "agent/main.ts": ["agent/", "views/assets.ts"],
  "views/": ["views/"],
  "views/client/": ["views/client/", "agent/contract/"],
  "provision/": ["provision/", "agent/contract/"],
  "gateway/": ["gateway/", "views/", "provision/cloud.ts", "agent/contract/", "agent/definition/"],
  "gateway/main.ts": ["gateway/", "views/", "provision/", "agent/contract/", "agent/definition/"],
  "scripts/": ["scripts/", "agent/", "gateway/", "views/", "provision/", "test/support/"],
};

const root = new URL("../..", import.meta.url).pathname;
const files = [...new Glob("{agent,gateway,views,provision,scripts}/**/*.{ts,tsx}").scanSync(root)];

test("rooms import only the rooms they may", async () => {
  expect(files.length).toBeGreaterThan(10);
  const broken: string[] = [];
  for (const file of files) {
    const allowed = MAY_IMPORT[roomOf(file)] ?? [];
    for (const target of await importsOf(file)) {
      if (!allowed.some((prefix) => target.startsWith(prefix))) broken.push(`${file} imports ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("every room of the agent stands in the table: what hangs below `agent/` itself is files only", () => {
  expect(files.filter((file) => roomOf(file) === "agent/" && file.split("/").length > 2)).toEqual([]);
});

test("a browser is sent no package by way of the contract: of its files with packages it knows types only", async () => {
  const broken: string[] = [];
  for (const file of files.filter((one) => one.startsWith("views/client/"))) {
    for (const target of await sentWith(file)) {
      if (!target.startsWith("views/client/"))
        for (const name of await packagesOf(target)) broken.push(`${file} is sent with ${target}, and that with ${name}`);
    }
  }
  expect(broken).toEqual([]);
  expect(await packagesOf("agent/contract/machine.ts")).toEqual(["@sinclair/typebox"]);
  expect(await packagesOf("agent/contract/hello.ts")).toEqual(["node:crypto"]);
  expect([...(await sentWith("agent/contract/terminal.ts"))]).toContain("agent/contract/few-words.ts");
});

test("nobody re-exports another file's names", async () => {
  const barrels: string[] = [];
  for (const file of files) {
    if (/^export (\*|\{[^}]*\}) from/m.test(await Bun.file(root + file).text())) barrels.push(file);
  }
  expect(barrels).toEqual([]);
});

function roomOf(file: string): string {
  return Object.keys(MAY_IMPORT)
    .filter((prefix) => file.startsWith(prefix))
    .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), "");
}

/** Files of ours that `file` imports, by path from the root. */
async function importsOf(file: string): Promise<string[]> {
  return namedIn(await Bun.file(root + file).text())
    .filter(isOurs)
    .map((name) => pathOf(name, file));
}

/** Files of ours that come along where `file` goes, and itself: what is imported as a type stays behind. */
async function sentWith(file: string, met = new Set<string>()): Promise<Set<string>> {
  if (met.has(file)) return met;
  met.add(file);
  for (const name of await valuesIn(file)) if (isOurs(name)) await sentWith(pathOf(name, file), met);
  return met;
}

const packagesOf = async (file: string): Promise<string[]> => (await valuesIn(file)).filter((name) => !isOurs(name));

async function valuesIn(file: string): Promise<string[]> {
  const text = await Bun.file(root + file).text();
  return namedIn(text.replace(/^import type [^;]*;/gm, ""));
}

const namedIn = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g)].map(([, name = ""]) => name);

const isOurs = (name: string): boolean => /^\.\.?\//.test(name);
const pathOf = (name: string, from: string): string => posix.normalize(posix.join(posix.dirname(from), name));
