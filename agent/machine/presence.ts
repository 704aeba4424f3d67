import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./durable.ts";

/** Joins of a whole class come together; one write for all of them. */
const WRITE_AFTER_MS = 500;

/** Whether a seat's learner is there, since when, and when he left: kept over restarts of the agent. */
export interface Presence {
  of(seat: number): Times;
  /** A terminal opened on a seat that had none. */
  connected(seat: number): void;
  /** The last terminal of a seat closed. */
  disconnected(seat: number): void;
  /** The seat belongs to another learner, or to none: nobody was ever here. */
  forget(seat: number): void;
  close(): void;
}

/** ISO 8601, UTC. */
export interface Times {
  connectedAt?: string;
  disconnectedAt?: string;
}

export function openPresence(dir: string, now: () => Date = () => new Date()): Presence {
  const path = join(dir, "presence.json");
  const seats = new Map(Object.entries(read(path)).map(([seat, times]) => [Number(seat), times]));
  let timer: Timer | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    writeWhole(path, JSON.stringify(Object.fromEntries(seats)));
  };
  const set = (seat: number, times: Times | undefined) => {
    if (times) seats.set(seat, times);
    else if (!seats.delete(seat)) return;
    timer ??= setTimeout(save, WRITE_AFTER_MS);
  };
  const presence: Presence = {
    of: (seat) => seats.get(seat) ?? {},
    connected: (seat) => set(seat, { connectedAt: now().toISOString() }),
    disconnected: (seat) => set(seat, { ...seats.get(seat), disconnectedAt: now().toISOString() }),
    forget: (seat) => set(seat, undefined),
    close: () => timer && save(),
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
