import type { ChangeView } from "../contract/changes.ts";
import type { Leftovers, MachineDocument, MachineReport, SeatReport } from "../contract/machine.ts";
import type { SeatStatus } from "../contract/seats.ts";
import type { PreviewFeature } from "../contract/session.ts";
import type { Times } from "./presence.ts";

/** What the rooms know of one seat. */
export interface SeatFacts {
  status: SeatStatus;
  /** 0 to 1 */
  progress: number;
  note?: string;
}

/** Where the report's facts come from; each is asked when a report is made. */
export interface Facts {
  agent: string;
  runtime: MachineReport["runtime"];
  startedAt: string;
  seat(seat: number): SeatFacts;
  viewers(seat: number): number;
  times(seat: number): Times;
  changes(): ChangeView[];
  preview(): PreviewFeature;
  leftovers(): Promise<Leftovers>;
}

/** What the machine answers to its gateway: facts only, looked up now. */
export async function assembleReport(document: MachineDocument, facts: Facts): Promise<MachineReport> {
  const seats = document.seats.map(({ seat, generation }): SeatReport => {
    return { seat, generation, ...facts.seat(seat), viewers: facts.viewers(seat), ...facts.times(seat) };
  });
  return {
    version: 1,
    revision: document.revision,
    agent: facts.agent,
    runtime: facts.runtime,
    startedAt: facts.startedAt,
    seats,
    changes: facts.changes(),
    preview: facts.preview(),
    leftovers: await facts.leftovers(),
  };
}
