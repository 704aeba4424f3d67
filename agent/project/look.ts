import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProjectWorkshop, readWorkshops } from "./read.ts";

/** As `readWorkshops`, and nothing of it is kept. */
export async function lookAtWorkshops(directory: string, names: readonly string[] | undefined): Promise<ProjectWorkshop[]> {
  const into = mkdtempSync(join(tmpdir(), "clarateach-"));
  try {
    return await readWorkshops(directory, names, into);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}
