/** A workshop's states and moves. Pure: nothing here knows a database, a clock or a cloud. */

/**
 * - `created`: a record and a sealed key; nothing runs.
 * - `provisioning`: its machines and seats are being made; or, once `failure` is set, unmade again.
 * - `running`: every seat was ready or had failed, and one at least was ready; learners may join.
 * - `stopping`: learners were told; everything is being removed.
 * - `stopped`: nothing is left but this record, its receipt and perhaps an archive of the work.
 * - `failed`: it didn't start, and all that was made is unmade; the sealed key is kept for another start.
 */
export type WorkshopState = "created" | "provisioning" | "running" | "stopping" | "stopped" | "failed";

/** What the instructor asks for (`start`, `stop`) and what the driver finds out (`ready`, `undone`, `gone`). */
export type Move = "start" | "stop" | "ready" | "undone" | "gone";

const MOVES: Record<WorkshopState, Partial<Record<Move, WorkshopState>>> = {
  created: { start: "provisioning", stop: "stopped" },
  provisioning: { ready: "running", undone: "failed", stop: "stopping" },
  running: { stop: "stopping" },
  stopping: { gone: "stopped" },
  failed: { start: "provisioning", stop: "stopping" },
  stopped: {},
};

/** The state after a move; undefined when this state doesn't allow it. */
export function after(state: WorkshopState, move: Move): WorkshopState | undefined {
  return MOVES[state][move];
}

/** What should exist: everything, nothing but the sealed key, nothing at all, or nothing is to be done. */
export type Goal = "running" | "undone" | "gone" | "none";

/** @param facts `failure`: why this start is being undone; `receipt`: whether all was seen to be gone */
export function goalOf(state: WorkshopState, facts: { failure: boolean; receipt: boolean }): Goal {
  if (state === "provisioning") return facts.failure ? "undone" : "running";
  if (state === "running") return "running";
  if (state === "stopping") return "gone";
  if (state === "stopped") return facts.receipt ? "none" : "gone";
  return "none";
}

/** Learners get in, or wait on their page, or are told that it's over. */
export function doorOf(state: WorkshopState): "open" | "soon" | "over" {
  if (state === "running") return "open";
  return state === "stopping" || state === "stopped" ? "over" : "soon";
}

/** Ids of machine k: the first has no number. */
export const machineName = (workshop: string, index: number): string =>
  index === 1 ? `clarateach-${workshop}` : `clarateach-${workshop}-${index}`;

/** Its name below the domain: `ws-abc123`, `ws-abc123-2`. */
export const machineHost = (workshop: string, index: number, domain: string): string =>
  `${index === 1 ? workshop : `${workshop}-${index}`}.${domain}`;

/** Name of the sealed LLM key in the secret store. */
export const secretName = (workshop: string): string => `${workshop}-llm-key`;

/** The archive of everyone's work is kept so long, then deleted: time to look at it after the class. */
export const ARCHIVE_DAYS = 7;

/** ISO 8601, UTC. @param from when it was made, or will have been */
export const keptUntil = (from: Date): string => new Date(from.getTime() + ARCHIVE_DAYS * 86_400_000).toISOString();

/** Seats of one workshop: one machine's worth; more machines come with a later release. */
export const SEATS_LIMIT = 10;

/** The name stands in titles and cards: longer ones don't fit. */
export const NAME_LIMIT = 80;

/** A learner's name, in a roster row of a phone. */
export const LEARNER_NAME_LIMIT = 60;

/** A class lasts this long unless said otherwise: half a day; 12 h is a whole day's course. */
export const HOURS = { default: 4, least: 1, most: 12 } as const;
