import { mkdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CHANGE_ID } from "../../agent/contract/changes.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { AgentClient } from "../agents/client.ts";
import type { Whole } from "./record.ts";
import { addressOf, type MachineRow, machineAt, machinesOf } from "./resources/machine-row.ts";

/** Whose output: numbers as machines give them. */
export interface LogAddress {
  machine: number;
  change: string;
  task: string;
}

/** Of one start. Ten seats that fail by the same hook say the same. */
const KEPT = 4;
/** The machine waits to be removed meanwhile. */
const FETCH_MS = 10_000;

/** What machines' programs said: asked of the machine while it is there; of a start that failed it is kept, for its machine goes. */
export class Logs {
  constructor(
    private readonly directory: string,
    private readonly agents: AgentClient,
  ) {}

  /** The whole of it, streamed. @throws NOT_FOUND, UNAVAILABLE */
  async read({ workshop, rows }: Whole, address: LogAddress): Promise<ReadableStream<Uint8Array> | Blob> {
    const kept = Bun.file(this.#path(workshop.id, address));
    if (await kept.exists()) return kept;
    const row = machineAt(rows, address.machine);
    if (!row?.detail.certificate || row.observed === "absent")
      throw new Problem("NOT_FOUND", "This log went with its machine. The last lines are on the workshop’s page.");
    return this.agents.taskLog(addressOf(row), address.change, address.task);
  }

  /** Of what failed, before its machine goes. What can't be had isn't kept, and holds nothing up. */
  async keep({ workshop, rows }: Whole): Promise<void> {
    await this.remove(workshop.id);
    await Promise.all(machinesOf(rows).map((row) => this.#keepOf(workshop.id, row)));
  }

  async #keepOf(workshop: string, row: MachineRow): Promise<void> {
    for (const address of failedTasks(row)) await this.#fetch(workshop, row, address);
  }

  async remove(workshop: string): Promise<void> {
    await rm(join(this.directory, workshop), { recursive: true, force: true });
  }

  async #fetch(workshop: string, row: MachineRow, address: LogAddress): Promise<void> {
    const path = this.#path(workshop, address);
    try {
      const body = await this.agents.taskLog(addressOf(row), address.change, address.task, FETCH_MS);
      mkdirSync(join(this.directory, workshop), { recursive: true, mode: 0o700 });
      await Bun.write(`${path}.part`, new Response(body));
      await rename(`${path}.part`, path);
    } catch {
      await rm(`${path}.part`, { force: true });
    }
  }

  /** Ids come from the machine's report: anything but a number could name any file of the gateway's. */
  #path(workshop: string, { machine, change, task }: LogAddress): string {
    if (![change, task].every((id) => CHANGE_ID.test(id)))
      throw new Problem("NOT_FOUND", "There is no such log: changes and tasks are numbered from 1.");
    return join(this.directory, workshop, `${machine}-${change}-${task}`);
  }
}

/** Shared tasks first: where one of them failed, nothing else began. One whose id is no number isn't a task of an agent's. */
function failedTasks({ idx, detail: { report } }: MachineRow): LogAddress[] {
  const tasks = (report?.changes ?? []).flatMap(({ id, tasks }) => tasks.map((task) => ({ change: id, task })));
  const failed = tasks.filter(({ change, task }) => task.wholeLog && CHANGE_ID.test(change) && CHANGE_ID.test(task.id));
  const inOrder = [
    ...failed.filter(({ task }) => task.seat === undefined),
    ...failed.filter(({ task }) => task.seat !== undefined),
  ];
  return inOrder.slice(0, KEPT).map(({ change, task }) => ({ machine: idx, change, task: task.id }));
}
