import { dirname, join } from "node:path";

/** What drives a browser or a Docker daemon: beside all others on two cores it can fail for want of a processor. */
const HEAVY = /playwright-core|puppeteer-core|selenium-webdriver|support\/dockerd/;

/** Whether `file` (a path) uses browsers or containers, itself or by what it imports: a failure of it is asked once more. */
export async function maySayTwice(file: string, met = new Set<string>()): Promise<boolean> {
  if (met.has(file) || !/\.tsx?$/.test(file)) return false;
  met.add(file);
  const source = Bun.file(file);
  if (!(await source.exists())) return false;
  for (const { path } of new Bun.Transpiler({ loader: file.endsWith("x") ? "tsx" : "ts" }).scanImports(await source.text())) {
    if (HEAVY.test(path)) return true;
    if (path.startsWith(".") && (await maySayTwice(join(dirname(file), path), met))) return true;
  }
  return false;
}
