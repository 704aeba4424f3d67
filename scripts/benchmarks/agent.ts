import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentAddress } from "../../agent/contract/running.ts";
import { agentMetrics } from "../../test/support/prometheus.ts";

/** The agent of a workshop's first machine, looked at from outside and by its owner's socket. */
export interface AgentProbe {
  directory: string;
  /** VmRSS. */
  residentMb(): Promise<number>;
  /** The longest gap of its event loop since this probe was made. */
  longestGapMs(): Promise<number>;
}

export async function probeAgent(data: string, workshop: string): Promise<AgentProbe> {
  const directory = join(data, "machines", `clarateach-${workshop}`);
  const { pid } = JSON.parse(readFileSync(join(directory, "agent.json"), "utf8")) as AgentAddress;
  const metrics = () => agentMetrics(join(directory, "agent.socket"));
  await metrics(); // reading starts the interval
  return {
    directory,
    residentMb: async () => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
    },
    longestGapMs: async () => (await metrics()).maxMs,
  };
}
