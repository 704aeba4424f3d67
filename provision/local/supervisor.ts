import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { AGENT_NETWORK, SEAT_SETTINGS } from "../../agent/contract/agent-settings.ts";
import { AGENT_MARKER, type AgentPid, processStart } from "../../agent/contract/running.ts";
import type { Directories } from "./directories.ts";
import { agentsOf, end } from "./processes.ts";

const LOOK_MS = 250;
/** Between two starts of an agent that dies: doubled each time. */
const BACK_OFF_MS = { first: 250, most: 30_000 };
/** An agent that lived this long died of something new. */
const HEALTHY_MS = 30_000;
/** An agent that died as often in a row is broken: somebody has to look. */
const BROKEN_AFTER = 5;
/** An agent cuts its sockets and leaves within 1.5 s; two seconds are what Ctrl-C may take in all. */
const LEAVE_MS = 1700;

/** Nothing else of the gateway's own settings reaches an agent, nor through it a learner's shell. */
const PASSED_ON = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR"];
/** Where the kept ones live. */
export type Homes = Pick<Directories, "pathOf" | "pid" | "lastWords">;

/** Keeps one agent running for each machine that it watches, and adopts those that run already. */
export interface Supervisor {
  watch(name: string): void;
  /** Stops watching, then the agent; its shells stay. */
  stop(name: string): Promise<number>;
  /** The agent that has the machine's directory now. */
  agent(name: string): Promise<AgentPid | undefined>;
  /** Why it can't be kept running, if so. */
  trouble(name: string): Promise<string | undefined>;
  /** Ends all of them; their shells stay. */
  end(): Promise<void>;
  /** All of them go on without us: the next gateway adopts them. */
  letGo(): void;
}

interface Watched {
  child?: Subprocess;
  startedAt: number;
  failures: number;
  nextTry: number;
}

/** @param command how the one of a directory is called: `["…/clarateach-agent", "serve", …]` @param more of its environment */
export function openSupervisor(
  directories: Homes,
  command: (directory: string) => string[],
  more: Readonly<Record<string, string>> = {},
): Supervisor {
  const machines = new Map<string, Watched>();
  let looking = false;
  const timer = setInterval(() => void look(), LOOK_MS);

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    await Promise.allSettled([...machines].map(([name, watched]) => keep(name, watched)));
    looking = false;
  }

  async function keep(name: string, watched: Watched): Promise<void> {
    const now = Date.now();
    if (isRunning(watched.child) || (await running(name))) {
      if (watched.failures > 0 && now - watched.startedAt > HEALTHY_MS) watched.failures = 0;
      return;
    }
    if (now < watched.nextTry || machines.get(name) !== watched) return;
    watched.nextTry = now + Math.min(BACK_OFF_MS.first * 2 ** watched.failures, BACK_OFF_MS.most);
    watched.failures += 1;
    watched.startedAt = now;
    watched.child = start(name);
  }

  function start(name: string): Subprocess {
    const directory = directories.pathOf(name);
    const log = openSync(join(directory, "agent.log"), "a", 0o600);
    try {
      const child = Bun.spawn(command(directory), {
        // A session of its own: Ctrl-C in the gateway's terminal and the gateway's end don't reach it.
        detached: true,
        stdio: ["ignore", log, log],
        env: { ...environment(), ...more, [AGENT_MARKER]: name },
      });
      child.unref();
      return child;
    } finally {
      closeSync(log);
    }
  }

  async function running(name: string): Promise<AgentPid | undefined> {
    const saved = await directories.pid(name);
    return saved && processStart(saved.pid) === saved.start ? saved : undefined;
  }

  async function stop(name: string): Promise<number> {
    machines.delete(name);
    const known = await running(name);
    const found = agentsOf(name);
    const all = known && !found.some(({ pid }) => pid === known.pid) ? [...found, known] : found;
    await end(all, LEAVE_MS);
    return all.length;
  }

  return {
    stop,
    agent: running,
    watch: (name) => {
      if (!machines.has(name)) machines.set(name, { startedAt: 0, failures: 0, nextTry: 0 });
      void look();
    },
    trouble: async (name) => {
      if ((machines.get(name)?.failures ?? 0) < BROKEN_AFTER) return undefined;
      return `its agent ended ${BROKEN_AFTER} times in a row; the last lines of its log: ${await directories.lastWords(name)}`;
    },
    letGo: () => {
      clearInterval(timer);
      machines.clear();
    },
    end: async () => {
      clearInterval(timer);
      await Promise.all([...machines.keys()].map(stop));
    },
  };
}

function isRunning(child: Subprocess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * Of what everything in a process shares; read at its start only. `fetch` has 256 slots by default. The pool of file calls has as many
 * threads as there are processors: two disks that crawl would hold them all; a seat is given a sixteenth (agent/files/disk.ts).
 */
const RUNTIME_SIZES = { BUN_CONFIG_MAX_HTTP_REQUESTS: "4096", UV_THREADPOOL_SIZE: "128" };

/** What an agent's program gets of ours. */
export function environment(): Record<string, string> {
  const passed = [...PASSED_ON, ...SEAT_SETTINGS, ...AGENT_NETWORK].flatMap((key) =>
    process.env[key] === undefined ? [] : [[key, process.env[key]]],
  );
  return { ...Object.fromEntries(passed), ...RUNTIME_SIZES };
}
