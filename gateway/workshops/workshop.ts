import { SEATS_PER_MACHINE } from "../../agent/contract/seats.ts";

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

/** The number in a machine's name. */
export const machineIndex = (name: string): number => Number(/^clarateach-ws-[a-z0-9]+-(\d+)$/.exec(name)?.[1] ?? 1);

/** Its name below the domain: `ws-abc123`, `ws-abc123-2`. */
export const machineHost = (workshop: string, index: number, domain: string): string =>
  `${index === 1 ? workshop : `${workshop}-${index}`}.${domain}`;

/** `ws-abc123-2.ws.example.com` → `ws-abc123` */
export const workshopOfHost = (host: string): string => host.split("-", 2).join("-").split(".", 1)[0] ?? "";

/** Name of the sealed LLM key in the secret store. */
export const secretName = (workshop: string): string => `${workshop}-llm-key`;

/** A sealed key of a class that nobody starts is gone after so long, where the store can do that: a term's courses are made by then. */
export const KEY_DAYS = 90;

/** The archive of everyone's work is kept so long, then deleted: time to look at it after the class. */
export const ARCHIVE_DAYS = 7;

/** ISO 8601, UTC. @param from when it was made, or will have been */
export const keptUntil = (from: Date): string => new Date(from.getTime() + ARCHIVE_DAYS * 86_400_000).toISOString();

/** What the form begins with: one machine's worth. */
export const SEATS_DEFAULT = SEATS_PER_MACHINE;

/** The name stands in titles and cards: longer ones don't fit. */
export const NAME_LIMIT = 80;

/** A learner's name, in a roster row of a phone. */
export const LEARNER_NAME_LIMIT = 60;

/** Machines of a cloud go by themselves so long after the end that the class was started with: half a day more, and no forgotten bill. */
const EXTENSION_HOURS = 4;

/** Of the time of its machines, this much stays for packing everyone's work, however long a class goes on. */
const PACKING_MS = 15 * 60_000;

/** When the machines of a start with this end go by themselves. @param endsAt ISO 8601 @returns milliseconds since 1970 */
export const plannedMachinesEnd = (endsAt: string): number => Date.parse(endsAt) + EXTENSION_HOURS * 3_600_000;

/** A record's own end of its machines; one of a release before, whose end never moved, has it by that. */
interface Ends {
  ends_at: string | null;
  latest_end: string | null;
}

/** When a class's machines go by themselves, which no extension moves. @returns milliseconds since 1970; undefined before a start */
export const machinesEnd = ({ ends_at, latest_end }: Ends): number | undefined => {
  if (latest_end !== null) return Date.parse(latest_end);
  return ends_at === null ? undefined : plannedMachinesEnd(ends_at);
};

/** Up to when the class itself can go on. @returns milliseconds since 1970; undefined before a start */
export const latestClassEnd = (ends: Ends): number | undefined => {
  const last = machinesEnd(ends);
  return last === undefined ? undefined : last - PACKING_MS;
};

/** A gateway that was away may need the key's name a day later still, to see that it is gone. */
const KEY_MARGIN_MS = 24 * 3_600_000;

/** Until when a running class needs its sealed key. @returns milliseconds since 1970; undefined before a start */
export const keyNeededUntil = (ends: Ends): number | undefined => {
  const last = machinesEnd(ends);
  return last === undefined ? undefined : last + KEY_MARGIN_MS;
};

/** A class lasts this long unless said otherwise: half a day; 12 h is a whole day's course. */
export const HOURS = { default: 4, least: 1, most: 12 } as const;
