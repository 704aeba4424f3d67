import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { frontPorts, planePort, VERSION } from "./config.ts";
import { CLOSE } from "./contract/close.ts";
import { AGENT_MARKER, type RuntimeWish } from "./contract/running.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { type Listeners, openListeners } from "./listeners.ts";
import { faultReporter, openLog } from "./log.ts";
import { lockMachine } from "./machine/lock.ts";
import { writeAddress, writePid } from "./machine/running.ts";
import { openRooms, type Pages } from "./rooms.ts";
import { chooseRuntime } from "./runtimes.ts";

export interface Agent {
  /** Tells everybody to come back, lets what was typed arrive, and ends within `LEAVE_MS`. Shells stay. */
  stop(): Promise<void>;
  /** Writes down what no room caught. */
  fault(error: unknown): void;
}

export interface AgentSettings {
  /** The machine's. */
  directory: string;
  runtime: RuntimeWish;
  /** A machine of its own: no provider stands before its plane, no front of a gateway before its learners. */
  alone: boolean;
  pages: Pages;
  /** It ended by itself, for no workshop of its project is left. */
  ended(): void;
}

/** Ctrl-C of the whole thing takes at most 2 s. */
const LEAVE_MS = 1200;

/**
 * Serves the machine of `directory` until it is stopped.
 * @throws with a sentence when another agent serves it, its document is missing, or this computer lacks what seats need
 */
export async function startAgent({ directory, runtime: wish, alone, pages, ended }: AgentSettings): Promise<Agent> {
  // Whoever looks for agents by their mark shall not find a learner's shell.
  delete process.env[AGENT_MARKER];
  keepOutOfCores();
  requireOpenat2();
  if (!existsSync(directory)) throw new Error(`there is no directory "${directory}": --machine names the machine's own`);
  const lock = lockMachine(directory);
  writePid(directory);
  const log = openLog(join(directory, "agent.log"));
  const report = faultReporter(log);
  const startedAt = new Date().toISOString();
  const runtime = await chooseRuntime(wish, directory, process.env);
  const doorPorts = alone ? frontPorts(process.env) : undefined;
  const rooms = await openRooms({ directory, runtime, pages, report, empty, doorPorts });
  const listeners = openListeners(directory, rooms, report, alone ? planePort(process.env) : undefined);
  if (listeners.ports) announce(listeners.ports);
  log.info({ machine: rooms.documents.current().machine, ...listeners.ports, version: VERSION }, "serving");

  /** Where others find it. */
  function announce({ plane, public: open }: NonNullable<Listeners["ports"]>): void {
    const ports = { plane: { port: plane }, public: { port: open } };
    writeAddress(directory, { pid: process.pid, ...ports, url: `http://localhost:${open}`, startedAt });
    rooms.door?.leadTo(open);
  }

  /** Nothing of a project stays but itself. @throws when something couldn't be removed */
  async function empty(): Promise<void> {
    await rooms.seats.runtime.removeEverything();
    await stop();
    rmSync(directory, { recursive: true, force: true });
    ended();
  }

  async function stop(): Promise<void> {
    log.info("leaving");
    rooms.sockets.cutAll(CLOSE.RESTART, "The machine's agent starts again.");
    rooms.wanted.close();
    rooms.keeper?.close();
    rooms.door?.close();
    rooms.events.close();
    await within(LEAVE_MS / 2, [rooms.terminals.settled(), rooms.previews.close(), rooms.relay.close()]);
    await within(LEAVE_MS / 2, [listeners.stop(), rooms.seats.close()]);
    lock.release();
  }
  return { fault: report, stop };
}

/** The key for Claude is in our memory: the core of a crash shall have none of it. Programs that we start inherit that. */
function keepOutOfCores(): void {
  // Where the kernel writes no cores it has no such file.
  if (existsSync(CORE_FILTER)) writeFileSync(CORE_FILTER, "0");
}

const CORE_FILTER = "/proc/self/coredump_filter";

/** What hangs mustn't hold the process. */
function within(ms: number, work: readonly Promise<unknown>[]): Promise<unknown> {
  return Promise.race([Promise.allSettled(work), Bun.sleep(ms)]);
}
