import { readdirSync, readFileSync } from "node:fs";
import { AGENT_MARKER, processStart, SEAT_MARKER } from "../../agent/contract/running.ts";

/** One living process; `start` tells it from a later one of the same number. */
export interface Found {
  pid: number;
  start: string;
}

/** After this many looks a process that can't be killed is left to the kernel (it hangs in a system call). */
const ROUNDS = 100;
const ROUND_MS = 20;

interface Listed extends Found {
  parent: number;
  session: number;
  environment: readonly string[];
}

/** The agents of a machine: those a provider started, wherever their pid file went. */
export function agentsOf(machine: string): Found[] {
  const agents = list().filter(({ environment }) => environment.includes(`${AGENT_MARKER}=${machine}`) && !seatIn(environment));
  return agents.map(({ pid, start }) => ({ pid, start }));
}

/** Every process of a machine's seats: those with the mark, and what they started, also when that threw the mark away. */
export function processesOfSeats(machine: string): Found[] {
  const all = list();
  const chosen = new Set(all.filter(({ environment }) => seatIn(environment)?.startsWith(`${machine}/`)).map(({ pid }) => pid));
  const sessions = new Set(chosen);
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size;
    for (const { pid, parent, session } of all) if (chosen.has(parent) || sessions.has(session)) chosen.add(pid);
  }
  chosen.delete(process.pid);
  return all.flatMap(({ pid, start }) => (chosen.has(pid) ? [{ pid, start }] : []));
}

/** How many seats of these machines have something running. */
export function seatsAlive(machines: readonly string[]): number {
  const ours = new Set(machines);
  const seats = list().flatMap(({ environment }) => seatIn(environment) ?? []);
  return new Set(seats.filter((seat) => ours.has(seat.split("/", 1)[0] ?? ""))).size;
}

/** Asks nicely, waits, and ends what is left; resolves when all are gone. @param graceMs 0 asks nobody */
export async function end(processes: readonly Found[], graceMs: number): Promise<void> {
  if (graceMs > 0) signal(processes, "SIGTERM");
  const patience = Date.now() + graceMs;
  let left = processes.filter(isAlive);
  for (let round = 0; left.length > 0 && round < ROUNDS + graceMs / ROUND_MS; round++) {
    if (Date.now() >= patience) signal(left, "SIGKILL");
    await Bun.sleep(ROUND_MS);
    left = left.filter(isAlive);
  }
}

/** Ends whatever `look` finds until it finds nothing more: what is killed may just have started something. Answers how many there were. */
export async function endAll(look: () => Found[]): Promise<number> {
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const found = look();
    if (found.length === 0) break;
    for (const { pid, start } of found) seen.add(`${pid}/${start}`);
    await end(found, 0);
  }
  return seen.size;
}

export function isAlive({ pid, start }: Found): boolean {
  return processStart(pid) === start;
}

function signal(processes: readonly Found[], name: NodeJS.Signals): void {
  for (const one of processes) {
    if (!isAlive(one)) continue;
    try {
      process.kill(one.pid, name);
    } catch {
      // It ended between the look and the signal.
    }
  }
}

function list(): Listed[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = /^\d+$/.test(name) ? Number(name) : 0;
    const start = pid > 1 ? processStart(pid) : undefined;
    return start === undefined ? [] : [{ pid, start, ...kin(pid), environment: environmentOf(pid) }];
  });
}

function kin(pid: number): { parent: number; session: number } {
  const stat = read(`/proc/${pid}/stat`);
  const [, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(parent ?? 0), session: Number(session ?? 0) };
}

/** Of other users' processes it can't be read; those aren't ours. */
function environmentOf(pid: number): string[] {
  return read(`/proc/${pid}/environ`).split("\0");
}

function seatIn(environment: readonly string[]): string | undefined {
  return environment.find((entry) => entry.startsWith(`${SEAT_MARKER}=`))?.slice(SEAT_MARKER.length + 1);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
