import type { MachineReport } from "../../agent/contract/machine.ts";
import type { AgentClient } from "../agents/client.ts";
import type { Whole } from "./record.ts";
import { addressOf, type MachineRow, machinesOf } from "./resources/machine.ts";
import type { Seen } from "./show.ts";

/** A page doesn't wait longer for a machine than this; what it said last is shown then. */
const ASK_MS = 2000;

/** What machines said last. A copy: the machine is the owner, and after a restart of the gateway it is asked again. */
export class Reports {
  readonly #last = new Map<string, { report: MachineReport | undefined; answers: boolean }>();

  constructor(private readonly agents: AgentClient) {}

  /** Asks every machine that runs, side by side. One that doesn't answer keeps its last report. */
  async refresh(whole: Whole): Promise<void> {
    const asked = machinesOf(whole.rows).map(async (row) => {
      if (row.observed === "running" && row.detail.certificate && row.detail.plane) await this.#ask(whole, row);
      else if (row.observed === "absent") this.#last.delete(keyOf(whole, row));
    });
    await Promise.all(asked);
  }

  seen(workshop: string): Seen {
    return (idx) => this.#last.get(`${workshop} ${idx}`) ?? { report: undefined, answers: false };
  }

  async #ask(whole: Whole, row: MachineRow): Promise<void> {
    const key = keyOf(whole, row);
    try {
      this.#last.set(key, { report: await this.agents.report(addressOf(row), ASK_MS), answers: true });
    } catch {
      this.#last.set(key, { report: this.#last.get(key)?.report, answers: false });
    }
  }
}

const keyOf = ({ workshop }: Whole, { idx }: MachineRow): string => `${workshop.id} ${idx}`;
