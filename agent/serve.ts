import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "./config.ts";
import { CLOSE } from "./contract/close.ts";
import { AGENT_MARKER, type RuntimeWish } from "./contract/running.ts";
import { requireOpenat2 } from "./files/syscalls.ts";
import { openListeners } from "./listeners.ts";
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

/** Ctrl-C of the whole thing takes at most 2 s. */
const LEAVE_MS = 1200;

/**
 * Serves the machine of `directory` until it is stopped.
 * @throws with a sentence when another agent serves it, its document is missing, or this computer lacks what seats need
 */
export async function startAgent(directory: string, wish: RuntimeWish, pages: Pages): Promise<Agent> {
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
  const rooms = await openRooms({ directory, runtime, pages, report });
  const listeners = openListeners(directory, rooms, report);
  const [plane, open] = [{ port: listeners.plane.port }, { port: listeners.open.port }];
  writeAddress(directory, { pid: process.pid, plane, public: open, url: `http://localhost:${open.port}`, startedAt });
  log.info({ machine: rooms.documents.current().machine, plane: plane.port, public: open.port, version: VERSION }, "serving");

  async function stop(): Promise<void> {
    log.info("leaving");
    rooms.sockets.cutAll(CLOSE.RESTART, "The machine's agent starts again.");
    rooms.wanted.close();
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
