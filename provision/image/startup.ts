import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What every machine of a cloud runs at its start: one file, with the units in it. `bun provision/image/startup.ts` prints it. */
export function startupScript(): string {
  const script = read("startup.sh");
  return script.replace(/^@(clarateach-[a-z]+\.service)@\n/gm, (_, unit: string) => read(unit));
}

if (import.meta.main) process.stdout.write(startupScript());

function read(name: string): string {
  return readFileSync(join(import.meta.dir, name), "utf8");
}
