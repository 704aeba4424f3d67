import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";

/** Undefined where it can't be: systemd, its users and its namespaces need root. */
export const canBoot =
  process.getuid?.() === 0 &&
  ["dockerd", "unshare", "nsenter", "systemd-analyze"].every((program) => Bun.which(program) !== null);

export interface SystemFiles {
  /** Of which nothing changes. */
  lower: string;
  /** What changes; a system on the same goes on from there. */
  upper: string;
  /** Directories of this computer, by where they are seen in there, without the first slash. */
  binds: Readonly<Record<string, string>>;
}

/** A system under systemd of its own (`booted.sh`), with nothing but its localhost. */
export interface System {
  /** Its first process. */
  pid: string;
  /** argv that runs a program in there. */
  inside(argv: readonly string[]): string[];
  /** Services in order, then all at once. */
  end(): Promise<void>;
}

export async function startSystem({ lower, upper, binds }: SystemFiles): Promise<System> {
  const name = `ct-system-${crypto.randomUUID().slice(0, 8)}`;
  const mounts = Object.entries(binds).map(([target, source]) => `${source}=${target}`);
  const argv = [join(import.meta.dir, "booted.sh"), name, lower, upper, ...mounts];
  const outer = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  const kill = async () => {
    outer.kill("SIGKILL");
    await outer.exited;
    await until("the control groups of a system to be empty", () => removeGroups(name));
  };
  try {
    const pid = await until("systemd to be ready", () => {
      if (outer.exitCode !== null) throw new Error("booted.sh ended");
      return ready(outer.pid);
    });
    return {
      pid,
      inside: (program) => insideOf(pid, program),
      end: async () => {
        const services = ["docker.socket", "docker.service", "containerd.service"];
        await Bun.spawn(insideOf(pid, ["systemctl", "stop", ...services]), { stdio: ["ignore", "ignore", "ignore"] }).exited;
        await kill();
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** Those of processes that are still ending stay. @returns whether none is left */
function removeGroups(name: string): boolean {
  const find = `find /sys/fs/cgroup -depth -type d -path '*/${name}*'`;
  return Bun.spawnSync(["sh", "-c", `${find} -exec rmdir {} + 2>/dev/null; ${find}`]).stdout.length === 0;
}

/** The number of its first process, once that is systemd and has started everything. */
async function ready(outer: number): Promise<string | undefined> {
  const first = readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").trim();
  if (first === "" || readFileSync(`/proc/${first}/comm`, "utf8").trim() !== "systemd") return undefined;
  const asked = Bun.spawn(insideOf(first, ["systemctl", "is-active", "--quiet", "basic.target"]), {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return (await asked.exited) === 0 ? first : undefined;
}

const insideOf = (pid: string, argv: readonly string[]): string[] => [
  ...["nsenter", "--target", pid, "--all", "env", "--ignore-environment"],
  ...["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"],
  ...argv,
];
