import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sh } from "./sh.ts";
import { startSystem } from "./system.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** Docker's data of it, kept over runs: the image is imported once. */
const DOCKER = join(ROOT, ".cache", "booted-docker");

/** A system on this computer's files, with this checkout at /opt/clarateach. */
export interface Booted {
  /** Runs it in there, with what it prints on our own output; answers its exit code. */
  run(argv: readonly string[]): Promise<number>;
  end(): Promise<void>;
}

export async function boot(): Promise<Booted> {
  const upper = await mkdtemp(join(tmpdir(), "ct-booted-"));
  mkdirSync(DOCKER, { recursive: true });
  // In there is no network to make the image from.
  const made = await sh("scripts/build-image", "--tar-only", "--if-missing");
  if (made.code !== 0) throw new Error(`scripts/build-image failed: ${made.err}`);
  // Of a test that was killed.
  await rm(join(DOCKER, "containers"), { recursive: true, force: true });
  // In there is no registry either.
  const binds = {
    "opt/clarateach": ROOT,
    "var/lib/docker": DOCKER,
    "var/lib/clarateach-tools": join(ROOT, ".cache", "tools"),
  };
  const system = await startSystem({ lower: "/", upper, binds }).catch(async (error) => {
    await rm(upper, { recursive: true, force: true });
    throw error;
  });
  return {
    run: (argv) =>
      Bun.spawn(system.inside(["env", "--chdir=/opt/clarateach", ...argv]), { stdio: ["ignore", "inherit", "inherit"] }).exited,
    end: async () => {
      await system.end();
      await rm(upper, { recursive: true, force: true });
    },
  };
}
