import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_MARKER, runtimeDirectories, SEAT_MARKER } from "../../agent/contract/running.ts";
import { machineName } from "../../gateway/workshops/workshop.ts";

/** Processes of a machine that live now, by looking at every process there is: agents, and whatever runs in its seats. */
export function processesOf(machine: string): { agents: number[]; seats: number[] } {
  const found = { agents: [] as number[], seats: [] as number[] };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const environment = environmentOf(pid);
    if (environment.includes(`${AGENT_MARKER}=${machine}`)) found.agents.push(Number(pid));
    if (environment.some((line) => line.startsWith(`${SEAT_MARKER}=${machine}/`))) found.seats.push(Number(pid));
  }
  return found;
}

/** All that a stopped workshop may not leave: processes, directories, sockets, the sealed key. Empty is right. @param machines how many it had */
export function leftOf(data: string, workshop: string, machines = 1): string[] {
  const names = Array.from({ length: machines }, (_, i) => machineName(workshop, i + 1));
  const key = join(data, "secrets", `${workshop}-llm-key`);
  return [...names.flatMap((name) => leftOfMachine(data, name)), ...(existsSync(key) ? [key] : [])];
}

function leftOfMachine(data: string, machine: string): string[] {
  const { agents, seats } = processesOf(machine);
  const places = [join(data, "machines", machine), ...runtimeDirectories(machine)];
  return [
    ...agents.map((pid) => `agent ${pid}`),
    ...seats.map((pid) => `process ${pid} of a seat`),
    ...places.filter((path) => existsSync(path)),
  ];
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
