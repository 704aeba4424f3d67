import type { MachineReport } from "../../agent/contract/machine.ts";
import type { AgentClient } from "../agents/client.ts";
import type { Seen, Whole } from "./record.ts";
import { addressOf, type MachineRow, machineAt, machinesOf } from "./resources/machine-row.ts";

/** A page doesn't wait longer for a machine than this; what it said last is shown then. */
const ASK_MS = 2000;

/** What machines said last. A copy: the machine is the owner, and after a restart of the gateway it is asked again. */
export class Reports {
  readonly #last = new Map<string, { report: MachineReport | undefined; answers: boolean; certificate: string }>();

  constructor(private readonly agents: AgentClient) {}

  /** Asks every machine that runs, side by side. One that doesn't answer keeps its last report. @param only of these names */
  async refresh(whole: Whole, only?: ReadonlySet<string>): Promise<void> {
    const own = machinesOf(whole.rows).filter(({ name }) => only?.has(name) ?? true);
    const asked = own.map(async (row) => {
      if (row.observed === "running" && row.detail.certificate && row.detail.plane) await this.#ask(whole, row);
      else if (row.observed === "absent") this.#last.delete(keyOf(whole, row));
    });
    await Promise.all(asked);
  }

  /** One that was made again is another machine: what the one before said isn't its. */
  seen(whole: Whole): Seen {
    return (idx) => {
      const row = machineAt(whole.rows, idx);
      const last = row && this.#last.get(keyOf(whole, row));
      return last && last.certificate === row.detail.certificate ? last : { report: undefined, answers: false };
    };
  }

  async #ask(whole: Whole, row: MachineRow): Promise<void> {
    const [key, address] = [keyOf(whole, row), addressOf(row)];
    const { certificate } = address;
    try {
      this.#last.set(key, { report: await this.agents.report(address, ASK_MS), answers: true, certificate });
    } catch {
      const { report } = this.seen(whole)(row.idx);
      this.#last.set(key, { report, answers: false, certificate });
    }
  }
}

const keyOf = ({ workshop }: Whole, { idx }: MachineRow): string => `${workshop.id} ${idx}`;
