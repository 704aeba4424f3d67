import { join } from "node:path";

/** A program of the system, run in this checkout: what it printed, and how it ended. */
export async function sh(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn(argv, { cwd: join(import.meta.dir, "..", ".."), stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}
