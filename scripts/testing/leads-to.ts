import { dirname, join } from "node:path";

/** Whether `file` (a path) imports something that `wanted` matches, a package's name or a file's path, itself or by what it imports. */
export async function leadsTo(file: string, wanted: RegExp, met = new Set<string>()): Promise<boolean> {
  if (met.has(file) || !/\.tsx?$/.test(file)) return false;
  met.add(file);
  const source = Bun.file(file);
  if (!(await source.exists())) return false;
  for (const { path } of new Bun.Transpiler({ loader: file.endsWith("x") ? "tsx" : "ts" }).scanImports(await source.text())) {
    const to = path.startsWith(".") ? join(dirname(file), path) : path;
    if (wanted.test(to) || (to !== path && (await leadsTo(to, wanted, met)))) return true;
  }
  return false;
}
