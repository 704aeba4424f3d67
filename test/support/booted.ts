import { mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sh } from "./sh.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** Docker's data of it, kept over runs: the image is imported once. */
const DOCKER = join(ROOT, ".cache", "booted-docker");

/** Undefined where it can't be: systemd, its users and its namespaces need root. */
export const canBoot =
  process.getuid?.() === 0 &&
  ["dockerd", "unshare", "nsenter", "systemd-analyze"].every((program) => Bun.which(program) !== null);

/** A system under systemd of its own (`booted.sh`), with this checkout at /opt/clarateach. */
export interface Booted {
  /** Runs it in there, with what it prints on our own output; answers its exit code. */
  run(argv: readonly string[], env?: Record<string, string>): Promise<number>;
  end(): Promise<void>;
}

export async function boot(): Promise<Booted> {
  const upper = await mkdtemp(join(tmpdir(), "ct-booted-"));
  mkdirSync(DOCKER, { recursive: true });
  // In there is no network to make the image from.
  const made = await sh("scripts/build-image", "--tar-only");
  if (made.code !== 0) throw new Error(`scripts/build-image failed: ${made.err}`);
  // Of a test that was killed.
  await rm(join(DOCKER, "containers"), { recursive: true, force: true });
  const name = `ct-booted-${process.pid}`;
  const script = join(import.meta.dir, "booted.sh");
  const outer = Bun.spawn([script, name, upper, ROOT, DOCKER], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  const end = async () => {
    outer.kill("SIGKILL");
    await outer.exited;
    Bun.spawnSync(["sh", "-c", `find /sys/fs/cgroup -depth -type d -path '*/${name}*' -exec rmdir {} + 2>/dev/null`]);
    await rm(upper, { recursive: true, force: true });
  };
  try {
    const first = await until("systemd to be ready", () => {
      if (outer.exitCode !== null) throw new Error("booted.sh ended");
      return ready(outer.pid);
    });
    const run = (argv: readonly string[], env: Record<string, string> = {}) => runIn(first, argv, env);
    return {
      run,
      end: async () => {
        await run(["systemctl", "stop", "docker.socket", "docker.service", "containerd.service"]);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The number of its first process, once that is systemd and has started everything. */
async function ready(outer: number): Promise<string | undefined> {
  const first = readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").trim();
  if (first === "" || readFileSync(`/proc/${first}/comm`, "utf8").trim() !== "systemd") return undefined;
  return (await runIn(first, ["systemctl", "is-active", "--quiet", "booted.target"], {})) === 0 ? first : undefined;
}

function runIn(first: string, argv: readonly string[], env: Record<string, string>): Promise<number> {
  return Bun.spawn(["nsenter", "--target", first, "--all", "env", "--chdir=/opt/clarateach", ...argv], {
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LANG: "C.UTF-8", ...env },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  }).exited;
}
