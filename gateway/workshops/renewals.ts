import type { SeatConnections } from "../../agent/contract/api.ts";
import { Problem } from "../../agent/contract/errors.ts";
import { machineOfSeat, seatName, seatsOfMachine } from "../../agent/contract/seats.ts";
import { seatList } from "../../views/parts/amounts.ts";
import type { SeatChangeView } from "../../views/workshop.ts";
import type { AgentClient, MachineAddress } from "../agents/client.ts";
import type { Asked, ConnectionWish, RenewalService, RenewalWish } from "../services.ts";
import { changeId, parseChangeId, seatChange, seatChanges } from "./changes.ts";
import { ownedWorkshop } from "./owned.ts";
import type { Whole } from "./record.ts";
import type { Reports } from "./reports.ts";
import { addressOf, type MachineRow, machineAt, machinesOf } from "./resources/machine-row.ts";
import type { Store } from "./store.ts";

export interface RenewalTools {
  store: Store;
  agents: AgentClient;
  reports: Reports;
}

/** Seats of one machine. */
interface Part {
  row: MachineRow;
  seats: number[];
}

/** What an instructor does with the seats of a class that runs: their machines do it, and say how it goes. */
export class Renewals implements RenewalService {
  constructor(private readonly tools: RenewalTools) {}

  async ask(owner: string, id: string, seat: number | "all", wish: RenewalWish): Promise<Asked> {
    const whole = await this.#running(owner, id);
    if (seat !== "all") return { changes: await this.#askOne(whole, seat, wish), left: [], problems: [] };
    const { parts, left } = await this.#askable(whole, wish);
    const answers = await Promise.allSettled(parts.map((part) => this.#askPart(whole, part, wish)));
    const refused = answers.flatMap((one) => (one.status === "rejected" ? [one.reason as Problem] : []));
    if (refused[0] && refused.length === answers.length) throw refused[0];
    const changes = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    return { changes, left, problems: refused.map(({ message }) => message) };
  }

  async act(owner: string, id: string, change: string, action: "continue" | "abort"): Promise<SeatChangeView> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    const known = parseChangeId(change);
    const row = known && machineAt(whole.rows, known.machine);
    if (!row) throw new Problem("NOT_FOUND", `There is no change “${change.slice(0, 20)}” of this workshop’s seats.`);
    const view = await this.#call(whole, row, (machine) => this.tools.agents.act(machine, known.change, { action }));
    return seatChange({ workshop: id, machine: row.idx }, view);
  }

  async changes(owner: string, id: string): Promise<SeatChangeView[]> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    await this.tools.reports.refresh(whole);
    const seen = this.tools.reports.seen(whole);
    return seatChanges(
      machinesOf(whole.rows).flatMap(({ idx }) => {
        const { report } = seen(idx);
        return report ? [{ workshop: id, machine: idx, report }] : [];
      }),
    );
  }

  async connections(owner: string, id: string, seat: number): Promise<SeatConnections> {
    const whole = await this.#running(owner, id);
    return this.#call(whole, machineOf(whole, seat), (machine) => this.tools.agents.connections(machine, seat));
  }

  async connect(owner: string, id: string, seat: number, wish: ConnectionWish): Promise<Asked> {
    const whole = await this.#running(owner, id);
    const row = machineOf(whole, seat);
    const { changes } = await this.#call(whole, row, (machine) => this.tools.agents.connect(machine, seat, wish));
    return { changes: changes.map((change) => changeId(row.idx, change)), left: [], problems: [] };
  }

  async #askOne(whole: Whole, seat: number, wish: RenewalWish): Promise<string[]> {
    return this.#askPart(whole, { row: machineOf(whole, seat), seats: [seat] }, wish);
  }

  async #askPart(whole: Whole, { row, seats }: Part, { action, mode }: RenewalWish): Promise<string[]> {
    const { changes } = await this.#call(whole, row, (machine) =>
      this.tools.agents.ask(machine, { action, seats, ...(mode && { mode }) }),
    );
    return changes.map((change) => changeId(row.idx, change));
  }

  /** One that is busy holds up none of the others. @throws Problem STATE_CONFLICT when there are none */
  async #askable(whole: Whole, { action }: RenewalWish): Promise<{ parts: Part[]; left: number[] }> {
    await this.tools.reports.refresh(whole);
    const seen = this.tools.reports.seen(whole);
    const parts = machinesOf(whole.rows).map((row) => {
      const own = seen(row.idx).report?.seats ?? [];
      return { row, seats: own.filter(({ operations = [] }) => operations.includes(action)).map(({ seat }) => seat) };
    });
    const able = new Set(parts.flatMap(({ seats }) => seats));
    if (able.size === 0)
      throw new Problem("STATE_CONFLICT", `No seat can ${action} now. Look at how they are, and ask again when they are done.`);
    const left = whole.seats.map(({ seat }) => seat).filter((seat) => !able.has(seat));
    return { parts: parts.filter(({ seats }) => seats.length > 0), left };
  }

  /** @throws Problem as the machine does; UNAVAILABLE when it can't be asked */
  async #call<T>({ workshop }: Whole, row: MachineRow, ask: (machine: MachineAddress) => Promise<T>): Promise<T> {
    const seats = `The machine of seats ${seatList(seatsOfMachine(row.idx, workshop.seats))}`;
    if (row.observed !== "running" || !row.detail.certificate)
      throw new Problem("UNAVAILABLE", `${seats} isn’t there now. Ask again when it runs.`);
    try {
      return await ask(addressOf(row));
    } catch (cause) {
      if (cause instanceof Problem) throw withMachine(cause, row.idx);
      throw new Problem("UNAVAILABLE", `${seats} doesn’t answer. See whether it has begun before you ask again.`, { cause });
    }
  }

  async #running(owner: string, id: string): Promise<Whole> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    if (whole.workshop.state === "running") return whole;
    throw new Problem("STATE_CONFLICT", `The workshop is ${whole.workshop.state}; this is done with seats while it runs.`);
  }
}

/** @throws Problem NOT_FOUND */
function machineOf({ workshop, rows }: Whole, seat: number): MachineRow {
  const row = machineAt(rows, machineOfSeat(seat));
  if (row && seat <= workshop.seats) return row;
  throw new Problem("NOT_FOUND", `There is no seat ${seatName(seat)}; the workshop has seats 01 to ${seatName(workshop.seats)}.`);
}

/** Numbers of changes are the machine's own: with it they are the workshop's. */
function withMachine(problem: Problem, machine: number): Problem {
  const { code, message, details } = problem;
  if (!details) return problem;
  return new Problem(code, message, { cause: problem, details: { ...details, change: changeId(machine, details.change) } });
}
