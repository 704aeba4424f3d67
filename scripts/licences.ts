import { readdir } from "node:fs/promises";
import { packagesIn } from "./packages-in.ts";

/**
 * Third-party notices of all that the agent's executable holds → dist/licences.txt: packages of its program and of its pages, by the
 * bundler's own account, and Bun. A package whose licence isn't found ends the build: it must not be handed on.
 */
const root = new URL("..", import.meta.url).pathname;
/** Bun's own words on what is linked into it, of the version that compiles. */
const BUN = `${root}node_modules/bun-types/docs/project/license.mdx`;
const LICENCE_FILE = /(^|\/)(licen[cs]e|copying|notice|third-?party-?notices?)([.-][^/]*)?$/i;
const LINE = "=".repeat(80);

const built = await Bun.build({ entrypoints: [`${root}agent/main.ts`], root, target: "bun", metafile: true });
const ofPages = (await Bun.file(`${root}dist/packages.json`).json()) as string[];
const packages = new Set([...packagesIn(built.metafile), ...ofPages]);
const notices = await Promise.all([...packages].sort().map(noticeOf));
const bun = notice(`Bun ${Bun.version} (MIT, with parts under other licences)`, "https://bun.sh", [await Bun.file(BUN).text()]);
await Bun.write(`${root}dist/licences.txt`, [...notices, bun].join("\n"));

async function noticeOf(name: string): Promise<string> {
  const folder = `${root}node_modules/${name}`;
  const { version, license, homepage, repository } = await Bun.file(`${folder}/package.json`).json();
  const files = (await readdir(folder, { recursive: true })).filter(
    (path) => LICENCE_FILE.test(path) && !/^node_modules\//.test(path),
  );
  if (files.length === 0) throw new Error(`"${folder}" has no licence file: it can't be part of the agent`);
  const texts = await Promise.all(files.sort().map((path) => Bun.file(`${folder}/${path}`).text()));
  return notice(`${name} ${version} (${license})`, homepage ?? repository?.url ?? repository ?? "", texts);
}

function notice(title: string, address: string, texts: readonly string[]): string {
  return [LINE, title, address, LINE, "", ...texts.map((text) => `${text.trim()}\n`)].join("\n");
}
