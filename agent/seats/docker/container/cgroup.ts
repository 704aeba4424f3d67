import { readFile } from "node:fs/promises";

const ROOT = "/sys/fs/cgroup";

/** Processes in the control group of `pid` (a container's first process), version 1 or 2; undefined when that can't be seen. */
export async function countInGroup(pid: number): Promise<number | undefined> {
  try {
    const file = groupFile(await readFile(`/proc/${pid}/cgroup`, "utf8"));
    if (file === undefined) return undefined;
    return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "").length;
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** `/proc/PID/cgroup` → the list of its group's processes: by the controller of process numbers (version 1), or the only hierarchy (2). */
export function groupFile(text: string): string | undefined {
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(":"));
  const first = rows.find(([, controllers = ""]) => controllers.split(",").includes("pids"));
  if (first) return `${ROOT}/pids${first[2]}/cgroup.procs`;
  const second = rows.find(([number]) => number === "0");
  return second ? `${ROOT}${second[2]}/cgroup.procs` : undefined;
}
