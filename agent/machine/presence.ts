import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./durable.ts";

/** Whether a seat's learner is there, since when, and when he left: kept over restarts of the agent. */
export interface Presence {
  of(seat: number): Times;
  /** A terminal opened on a seat that had none. */
  connected(seat: number): void;
  /** The last terminal of a seat closed. */
  disconnected(seat: number): void;
  /** The seat belongs to another learner, or to none: nobody was ever here. */
  forget(seat: number): void;
}

/** ISO 8601, UTC. */
export interface Times {
  connectedAt?: string;
  disconnectedAt?: string;
}

export function openPresence(dir: string, now: () => Date = () => new Date()): Presence {
  const path = join(dir, "presence.json");
  const seats = new Map(Object.entries(read(path)).map(([seat, times]) => [Number(seat), times]));
  const set = (seat: number, times: Times | undefined) => {
    if (times) seats.set(seat, times);
    else if (!seats.delete(seat)) return;
    // At once: an agent is killed without a warning, and a write of ten lines costs less than the socket did.
    writeWhole(path, JSON.stringify(Object.fromEntries(seats)));
  };
  const presence: Presence = {
    of: (seat) => seats.get(seat) ?? {},
    connected: (seat) => set(seat, { connectedAt: now().toISOString() }),
    disconnected: (seat) => set(seat, { ...seats.get(seat), disconnectedAt: now().toISOString() }),
    forget: (seat) => set(seat, undefined),
  };
  // Whoever was connected when the agent died has lost his socket with it.
  for (const [seat, { connectedAt, disconnectedAt }] of seats) if (connectedAt && !disconnectedAt) presence.disconnected(seat);
  return presence;
}

/** Only what learners' pages look like depends on it: a damaged file is an empty one. */
function read(path: string): Record<string, Times> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, Times>;
  } catch {
    return {};
  }
}
