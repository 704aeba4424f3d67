import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentAddress, type AgentPid, processStart } from "../contract/running.ts";
import { writeWhole } from "./durable.ts";

/** Says whose the directory is; only the holder of the lock may. */
export function writePid(dir: string): void {
  const start = processStart(process.pid);
  if (start === undefined) throw new Error("cannot read /proc: ClaraTeach needs it to know its processes");
  writeWhole(join(dir, "agent.pid"), JSON.stringify({ pid: process.pid, start } satisfies AgentPid));
}

export function writeAddress(dir: string, address: AgentAddress): void {
  writeWhole(join(dir, "agent.json"), JSON.stringify(address));
}

/** The ports of the agent before, so that learners' pages find their way back; 0 when there was none. */
export function lastPorts(dir: string): { plane: number; public: number } {
  try {
    const { plane, public: open } = JSON.parse(readFileSync(join(dir, "agent.json"), "utf8")) as AgentAddress;
    return { plane: plane.port, public: open.port };
  } catch {
    return { plane: 0, public: 0 };
  }
}
