import type { ChangeView } from "../contract/changes.ts";
import type { Leftovers, MachineReport, SeatReport } from "../contract/machine.ts";
import type { PreviewFeature } from "../contract/session.ts";
import type { Times } from "./presence.ts";

/** A seat without what only the sockets know. */
export type SeatFacts = Omit<SeatReport, "viewers" | "connectedAt" | "disconnectedAt">;

/** Where the report's facts come from; each is asked when a report is made. */
export interface Facts {
  agent: string;
  runtime: MachineReport["runtime"];
  startedAt: string;
  seats(): { seats: SeatFacts[]; changes: ChangeView[] };
  viewers(seat: number): number;
  times(seat: number): Times;
  preview(): PreviewFeature;
  leftovers(): Promise<Leftovers>;
  removed(): Leftovers;
}

/** What the machine answers to its gateway: facts only, looked up now. */
export async function assembleReport(revision: number, facts: Facts): Promise<MachineReport> {
  const leftovers = await facts.leftovers();
  const { seats, changes } = facts.seats();
  return {
    version: 1,
    revision,
    agent: facts.agent,
    runtime: facts.runtime,
    startedAt: facts.startedAt,
    seats: seats.map((seat) => ({ ...seat, viewers: facts.viewers(seat.seat), ...facts.times(seat.seat) })),
    changes,
    preview: facts.preview(),
    leftovers,
    removed: facts.removed(),
  };
}
