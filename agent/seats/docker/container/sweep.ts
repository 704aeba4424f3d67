import { readdir, readFile } from "node:fs/promises";
import { endGroup, type Inside, pidOf, runToEnd } from "./programs.ts";
import { TMUX } from "./terminal.ts";

/** An agent's start waits for it. */
const SWEEP_LIMIT_MS = 5000;

/** Programs started by `spawn` carry it: an agent that finds some at its start ends them, for it has no handle of them. */
const MARK = "CLARATEACH_PROGRAM";
export const PROGRAM_ENV = { [MARK]: "1" };

/** By their numbers (`$0`): a session's name may be anything that its learner likes. */
const DETACH_ALL = `for session in $(${TMUX} list-sessions -F "#{session_id}"); do ${TMUX} detach-client -s "$session"; done`;

/**
 * Ends what an earlier agent left in a running seat: terminals of viewers that are gone and spawned programs. tmux and the shells stay.
 */
export async function sweepSeat(inside: Inside): Promise<void> {
  const { docker, container } = inside;
  const found = await docker.inspectContainer(container);
  for (const id of found?.ExecIDs ?? []) endGroup(inside, await pidOf(docker, id), "SIGKILL");
  // A daemon that was started again has forgotten what it ran. Its learner may have stopped tmux.
  const signal = AbortSignal.timeout(SWEEP_LIMIT_MS);
  await runToEnd(inside, ["/bin/sh", "-c", DETACH_ALL], { signal }).catch(() => {});
  for (const pid of await programsOf(container)) endQuietly(pid);
}

async function programsOf(container: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const marked = await Promise.all(pids.map(async (pid) => (await isProgram(pid, container)) && pid));
  return marked.filter((pid) => pid !== false);
}

async function isProgram(pid: number, container: string): Promise<boolean> {
  try {
    if (!(await readFile(`/proc/${pid}/cgroup`, "utf8")).includes(container)) return false;
    return (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0").includes(`${MARK}=1`);
  } catch {
    // It ended meanwhile.
    return false;
  }
}

function endQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
