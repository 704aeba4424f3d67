import { posix } from "node:path";
import { Glob } from "bun";

const root = new URL("../..", import.meta.url).pathname;

/** Every source file of the product and its scripts, by path from the root. */
export const files = [...new Glob("{agent,gateway,views,provision,scripts}/**/*.{ts,tsx}").scanSync(root)].sort();

/** `import … from "x"`, `import "x"`, `import("x")`, `require("x")`, with any quotes. */
const IMPORT = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(["'`])([^"'`\n]+)\1/g;
/** A name that is put together while the program runs: nobody can say where it leads. */
const COMPUTED = /\b(?:import|require)\s*\(\s*(?!["'`][^"'`\n$]+["'`]\s*[),])/;

/** Files of ours that `file` imports, types too. */
export async function importsOf(file: string): Promise<string[]> {
  return namedIn(await textOf(file))
    .filter(isOurs)
    .map((name) => pathOf(name, file));
}

/** Packages whose code comes with `file` itself: types stay behind. */
export async function packagesOf(file: string): Promise<string[]> {
  return (await valuesIn(file)).filter((name) => !isOurs(name));
}

/** Files of ours that come along where `file` goes, and itself: what is imported as a type stays behind. */
export async function sentWith(file: string, met = new Set<string>()): Promise<Set<string>> {
  if (met.has(file)) return met;
  met.add(file);
  for (const name of await valuesIn(file)) if (isOurs(name)) await sentWith(pathOf(name, file), met);
  return met;
}

export const computesImports = async (file: string): Promise<boolean> => COMPUTED.test(withoutComments(await textOf(file)));

export const textOf = (file: string): Promise<string> => Bun.file(root + file).text();

const valuesIn = async (file: string): Promise<string[]> => namedIn((await textOf(file)).replace(/^import type [^;]*;/gm, ""));
const namedIn = (text: string): string[] => [...withoutComments(text).matchAll(IMPORT)].map(([, , name = ""]) => name);
const withoutComments = (text: string): string => text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
const isOurs = (name: string): boolean => /^\.\.?\//.test(name);
const pathOf = (name: string, from: string): string => posix.normalize(posix.join(posix.dirname(from), name));
