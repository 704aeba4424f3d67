import { lstat, readdir, readFile } from "node:fs/promises";
import { SEAT_MARKER } from "../../contract/running.ts";
import { PROGRAM_MARK } from "./environment.ts";

export interface FoundProcess {
  pid: number;
  parent: number;
  /** Clock ticks since boot: with the number it names a process for good, numbers alone come back. */
  started: string;
  name: string;
  /** `<machine>/<NN>`, its own or its nearest marked ancestor's. */
  mark: string;
  /** Made by `spawn`, or a descendant of one. */
  program: boolean;
}

/** What a learner's processes are given to end by themselves, then in all until the removal counts as failed. */
const GENTLE_MS = 400;
const FINAL_MS = 5000;
const LOOK_AGAIN_MS = 20;

/**
 * Own processes that carry a mark of this machine, and their descendants: those may have dropped the mark from their environment, or
 * written over it as browsers do.
 */
export async function findProcesses(machine: string): Promise<FoundProcess[]> {
  const all = new Map<number, FoundProcess>();
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const found = await look(pid);
    if (found) all.set(pid, found);
  }
  inherit(all);
  const marked = [...all.values()].filter((one) => one.mark.startsWith(`${machine}/`));
  const own = await Promise.all(marked.map((one) => isOwn(one.pid)));
  return marked.filter((_, i) => own[i]);
}

async function isOwn(pid: number): Promise<boolean> {
  return lstat(`/proc/${pid}`).then(
    ({ uid }) => uid === process.getuid?.(),
    () => false,
  );
}

/** The kernel's own threads are children of number 2. */
const KERNEL = 2;

async function look(pid: number): Promise<FoundProcess | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may hold anything, parentheses too.
    const end = stat.lastIndexOf(")");
    const [state, parent, ...rest] = stat.slice(end + 2).split(" ");
    if (state === "Z" || state === "X" || Number(parent) === KERNEL) return undefined;
    const environment = await environmentOf(pid);
    const mark = environment.get(SEAT_MARKER) ?? "";
    const program = mark !== "" && environment.has(PROGRAM_MARK);
    return { pid, parent: Number(parent), started: rest[17] ?? "", name: stat.slice(stat.indexOf("(") + 1, end), mark, program };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

async function environmentOf(pid: number): Promise<Map<string, string>> {
  try {
    const text = await readFile(`/proc/${pid}/environ`, "latin1");
    const ours = text.split("\0").filter((entry) => entry.startsWith("CLARATEACH_"));
    return new Map(ours.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
  } catch {
    // A process that changed its rights hides it; its parent tells.
    return new Map();
  }
}

function inherit(all: Map<number, FoundProcess>): void {
  const settled = new Set<number>();
  const settle = (one: FoundProcess): void => {
    if (settled.has(one.pid)) return;
    settled.add(one.pid);
    const parent = all.get(one.parent);
    if (!parent) return;
    settle(parent);
    if (one.mark === "") one.mark = parent.mark;
    if (one.mark === parent.mark) one.program ||= parent.program;
  };
  for (const one of all.values()) settle(one);
}

/**
 * Hangs up, then kills, until a look finds none. Those it met stay in its sight also when their parent ends before them.
 * @returns how many there were  @throws when some are still there after 5 s
 */
export async function endProcesses(find: () => Promise<FoundProcess[]>): Promise<number> {
  const begun = performance.now();
  const met = new Map<string, FoundProcess>();
  const keyOf = (one: FoundProcess) => `${one.pid} ${one.started}`;
  for (;;) {
    for (const one of await find()) met.set(keyOf(one), one);
    const alive = await stillThere([...met.values()]);
    if (alive.length === 0) return met.size;
    const elapsed = performance.now() - begun;
    if (elapsed > FINAL_MS) throw new Error(`${alive.length} processes don't end: ${alive.map((one) => one.pid).join(", ")}`);
    for (const one of alive) signal(one.pid, elapsed < GENTLE_MS ? "SIGHUP" : "SIGKILL");
    await Bun.sleep(LOOK_AGAIN_MS);
  }
}

async function stillThere(ones: readonly FoundProcess[]): Promise<FoundProcess[]> {
  const now = await Promise.all(ones.map((one) => look(one.pid)));
  return ones.filter((one, i) => now[i]?.started === one.started);
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}
