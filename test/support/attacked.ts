import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join as path } from "node:path";
import type { AgentAddress } from "../../agent/contract/running.ts";
import { join, type Learner } from "./learner.ts";
import { agentMetrics } from "./prometheus.ts";
import { descriptorsOf, type Target } from "./raw.ts";
import { until } from "./until.ts";
import { runningWorkshop, startWorld, type World } from "./world.ts";

/** A class under attack: a gateway with its machine, two learners of one workshop and one of another. */
export interface Attacked {
  world: World;
  id: string;
  code: string;
  learners: [Learner, Learner];
  stranger: Learner;
  address: AgentAddress;
  /** `agent.socket` of the machine. */
  metrics(): ReturnType<typeof agentMetrics>;
  directory: string;
  gateway: Target;
  agent: Target;
  plane: Target;
  /** The same processes as before, no more open files than a few, and nothing in their logs that nobody foresaw. */
  stillWell(): Promise<void>;
}

const openFiles = (pid: number): string =>
  readdirSync(`/proc/${pid}/fd`)
    .map((fd) => openFile(`/proc/${pid}/fd/${fd}`))
    .join(" ");

function openFile(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "closed since";
  }
}

/** What a process may keep for later: connections to its database, idle sockets, a thread's pipe. */
const SPARE_DESCRIPTORS = 12;

export async function startAttacked(seats = 3): Promise<Attacked> {
  const world = await startWorld();
  const { id, code } = await runningWorkshop(world, { seats, name: "Attacked" });
  const other = await runningWorkshop(world, { seats: 1, name: "Elsewhere" });
  const learners: [Learner, Learner] = [await join(world, { code, name: "Mallory" }), await join(world, { code, name: "Vera" })];
  const stranger = await join(world, { code: other.code, name: "Stranger" });
  const directory = path(world.data, "machines", `clarateach-${id}`);
  const read = () => JSON.parse(readFileSync(path(directory, "agent.json"), "utf8")) as AgentAddress;
  const address = read();
  const pids = [world.gateway().pid, address.pid];
  const before = pids.map(descriptorsOf);
  return {
    ...{ world, id, code, learners, stranger, address, directory },
    metrics: () => agentMetrics(path(directory, "agent.socket")),
    gateway: { name: "gateway", port: Number(new URL(world.url).port), tls: false },
    agent: { name: "agent", port: address.public.port, tls: false },
    plane: { name: "plane", port: address.plane.port, tls: true },
    stillWell: async () => {
      if (world.gateway().exitCode !== null) throw new Error("the gateway ended");
      if (read().pid !== address.pid) throw new Error("the agent was started anew");
      for (const log of [path(world.data, "gateway.log"), path(directory, "agent.log")]) {
        const fault = readFileSync(log, "utf8").match(/^.*"level":[56]0.*$/m)?.[0];
        if (fault) throw new Error(`in ${log}: ${fault.slice(0, 600)}`);
      }
      for (const [i, pid] of pids.entries())
        await until(
          `the files of ${pid} to be closed: ${before[i]} before, now ${openFiles(pid)}`,
          () => descriptorsOf(pid) <= (before[i] ?? 0) + SPARE_DESCRIPTORS,
        );
    },
  };
}
