import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import type { Memory } from "../../engine/memory.ts";
import type { Handler, TaskRun } from "../../engine/task.ts";
import { addRemoved } from "../receipt.ts";
import { shellStart } from "../shell-start.ts";
import { unpackStarter } from "../starter.ts";
import type { Places } from "./place.ts";
import { endProcesses, type FoundProcess } from "./processes.ts";
import { countFiles, removeFiles } from "./removal.ts";
import type { SeatData } from "./request.ts";
import type { Tmux } from "./tmux.ts";

export interface HandlersGiven {
  places: Places;
  tmux(seat: number, memory: Memory): Tmux;
  processes(seat?: number): Promise<FoundProcess[]>;
  starterPath(digest: string): string;
  setClaude(seat: number, memory: Memory): Promise<void>;
  retrieveSdk: Handler;
}

/** What this runtime remembers of a seat. */
export interface SeatMemory {
  cdpPort: number;
  /** Missing: made by an earlier release. */
  relayPort?: number;
}
export const SEATS_MEMORY = "process/seat/";
export const memoryKey = (seat: number): string => `${SEATS_MEMORY}${seat}`;

const dataOf = (task: TaskRun): SeatData => task.data as unknown as SeatData;

export function handlersOf(given: HandlersGiven): Record<string, Handler> {
  const { places, tmux, processes, starterPath, setClaude, retrieveSdk } = given;
  const placeOf = (task: TaskRun) => places.of(dataOf(task).seat);

  async function makeDirectories(task: TaskRun): Promise<void> {
    const place = placeOf(task);
    places.makeRun(place);
    for (const path of [place.workspace, place.home]) await mkdir(path, { recursive: true, mode: 0o700 });
    const start = join(place.home, ".bashrc");
    if (!existsSync(start)) await writeFile(start, shellStart(place.seat), { mode: 0o600 });
    givePorts(task.memory, place.seat);
    await setClaude(place.seat, task.memory);
  }

  async function stop(task: TaskRun): Promise<void> {
    const { seat } = dataOf(task);
    const count = (await processes(seat)).length;
    if (count > 0) await tmux(seat, task.memory).end();
    const met = await endProcesses(() => processes(seat));
    addRemoved(task.memory, seat, { processes: Math.max(count, met) });
  }

  async function remove(task: TaskRun): Promise<void> {
    const place = placeOf(task);
    const counted = await countFiles([place], task.signal);
    await removeFiles(place, places, task.signal);
    task.memory.set(memoryKey(place.seat), undefined);
    addRemoved(task.memory, place.seat, counted);
  }

  async function undoMake(task: TaskRun): Promise<void> {
    const place = placeOf(task);
    await removeFiles(place, places, task.signal);
    task.memory.set(memoryKey(place.seat), undefined);
  }

  /** A first unpacking that was killed left `unpacking`; one that was finished left a workspace that isn't empty. */
  async function unpack(task: TaskRun): Promise<void> {
    const { seat, starter } = dataOf(task);
    const { workspace, unpacking } = places.of(seat);
    if (!starter || readdirSync(workspace).length > 0) return;
    await removeTree(unpacking);
    await mkdir(unpacking, { mode: 0o700 });
    try {
      const progress = (done: number, total: number) => task.progress("files", done, total);
      await unpackStarter({
        archive: starterPath(starter.digest),
        name: starter.name,
        into: unpacking,
        progress,
        signal: task.signal,
      });
      // Onto an empty directory: in one step, or not at all.
      await rename(unpacking, workspace);
    } catch (error) {
      await removeTree(unpacking);
      throw error;
    }
  }

  async function startSession(task: TaskRun): Promise<void> {
    await tmux(dataOf(task).seat, task.memory).start(task.signal);
  }

  async function endSession(task: TaskRun): Promise<void> {
    await endProcesses(() => processes(dataOf(task).seat));
  }

  async function repairSession(task: TaskRun): Promise<void> {
    const { seat } = dataOf(task);
    await tmux(seat, task.memory).revive(await processes(seat));
    await startSession(task);
  }

  return {
    "process/check-definition": { do: refuse },
    "process/retrieve-sdk": retrieveSdk,
    "process/make-seat": { do: orElse(makeDirectories, undoMake), undo: undoMake },
    "process/unpack-starter": { do: unpack },
    "process/start-session": { do: orElse(startSession, endSession), undo: endSession },
    "process/repair-seat": { do: makeDirectories },
    "process/repair-session": { do: repairSession },
    "process/stop-seat": { do: stop },
    "process/remove-seat": { do: remove },
  };
}

/** The page says it with the seats that aren't made. */
async function refuse({ data }: TaskRun): Promise<void> {
  throw new Problem("INVALID_INPUT", (data as { refusal: string }).refusal);
}

/** A `do` that throws leaves nothing behind. */
function orElse(make: (task: TaskRun) => Promise<void>, unmake: (task: TaskRun) => Promise<void>) {
  return async (task: TaskRun): Promise<void> => {
    try {
      await make(task);
    } catch (error) {
      await unmake(task).catch((trouble: unknown) => task.log(`cleaning up: ${trouble}`));
      throw error;
    }
  };
}

const removeTree = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** What isn't chosen yet. */
export function givePorts(memory: Memory, seat: number): void {
  const known = memory.get(memoryKey(seat)) as unknown as SeatMemory | undefined;
  if (known?.relayPort !== undefined) return;
  const cdpPort = known?.cdpPort ?? freePort(memory);
  memory.set(memoryKey(seat), { cdpPort, relayPort: freePort(memory) });
}

/** Chosen once, kept for the seat's life; the ports of the other seats are left alone also while nothing listens there. */
function freePort(memory: Memory): number {
  for (;;) {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = listener;
    listener.stop(true);
    const taken = memory.keys(SEATS_MEMORY).flatMap((key) => Object.values(memory.get(key) as unknown as SeatMemory));
    if (!taken.includes(port) && !justGiven.has(port)) {
      justGiven.add(port);
      return port;
    }
  }
}

/** Seats made side by side aren't in the memory yet. */
const justGiven = new Set<number>();
