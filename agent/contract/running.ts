import { readFileSync } from "node:fs";

/** `agent.pid` in a machine's directory: written by the agent as soon as the directory is its own. */
export interface AgentPid {
  pid: number;
  /** When the kernel started it: a pid alone comes again, this pair doesn't. */
  start: string;
}

/** `agent.json`: written once the agent listens, and kept, so that the next one takes the same ports. */
export interface AgentAddress {
  pid: number;
  /** The machine plane, https with the machine's own certificate. */
  plane: { port: number };
  public: { port: number };
  /** What a learner's browser opens, without a path. */
  url: string;
  /** ISO 8601, UTC */
  startedAt: string;
}

/** What seats may be; `auto`: containers where this computer can, else plain processes. */
export const RUNTIME_WISHES = ["auto", "docker", "process"] as const;
export type RuntimeWish = (typeof RUNTIME_WISHES)[number];

/** In a machine's directory: which runtime its seats were made by, one word. */
export const RUNTIME_FILE = "runtime";

/** In the environment of an agent that a provider started; its value is the machine. The agent doesn't pass it on. */
export const AGENT_MARKER = "CLARATEACH_AGENT";
/** In the environment of every process of a seat; its value is `<machine>/<NN>`. */
export const SEAT_MARKER = "CLARATEACH_SEAT";

/** The kernel's start time of a living process, in its own ticks; undefined when there is none, or only its remains (zombie). */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may hold anything, also parentheses; after it come the state (3) … the start (22).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Where sockets and temporary files of a machine's seats are: short paths, because a socket's has at most 107 bytes. */
export function runtimeDirectories(machine: string): string[] {
  const bases = new Set([process.env.XDG_RUNTIME_DIR || "/tmp", "/tmp"]);
  return [...bases].map((base) => `${base}/clarateach-${process.getuid?.() ?? 0}/${machine}`);
}
