import type { MachineReport } from "../../agent/contract/machine.ts";

/** One thing a workshop owns outside the database: what is wanted of it and what was seen of it last. */
export interface Resource<D extends Detail = Detail> {
  /** A key of `resources/kinds.ts`. */
  kind: string;
  /** 1, 2, … among its kind; what belongs to a machine has that machine's. */
  idx: number;
  name: string;
  attempt: number;
  wanted: "present" | "absent";
  observed: Observed;
  /** Goes up with every write; an outcome of something older is dropped. */
  version: number;
  detail: D;
}

/** `unknown`: to be looked at before anything else. `present` is a secret's `running`. */
export type Observed = "unknown" | "absent" | "present" | "starting" | "running" | "stopping" | "broken";

/**
 * A call that makes something and was refused for good left nothing on its way. Another driver may have sent the same request a moment
 * ago: that has landed after so long.
 */
const REFUSED_MS = 5000;

/** What is kept of any kind. Times are milliseconds since 1970. */
export interface Detail {
  /** Chosen and saved before the first call, so that doing it twice makes one thing. */
  requestId?: string;
  nonce?: string;
  /** A call that makes it may still land until then, whoever made it. */
  creatingUntil?: number;
  /** Its making was last seen to move. */
  movedAt?: number;
  /** It was seen to exist; when it is gone afterwards, the next one is a new request. */
  seen?: boolean;
  /** When it was seen to be gone although it was wanted; what is there since is another one. */
  lostAt?: number;
  /** What the cloud says of a broken one. */
  problem?: string;
  brokenSince?: number;
  /** The same call fails since then. */
  trouble?: Trouble;
  /** Wanted gone, and looked for again after that: not there. */
  checkedAt?: number;
}

export interface Trouble {
  action: string;
  message: string;
  since: number;
  /** Trying again can't help. */
  definite: boolean;
}

/** Calls that every kind knows. `check`: the last look, after all that could still make it. */
export type CommonAction = "look" | "check" | "create" | "remove";

/** One that is wanted, and nothing is known of it yet. @param detail what stays of an earlier one */
export const wanted = (kind: string, idx: number, name: string, attempt = 0, version = 1, detail: Detail = {}): Resource => ({
  ...{ kind, idx, name, attempt, version, detail },
  wanted: "present",
  observed: "unknown",
});

/** How one call ended. `detail`: what is known of the resource now. */
export type Outcome<D extends Detail = Detail> =
  | { kind: "looked"; found: Found<D> | undefined }
  | { kind: "created"; detail?: Partial<D> }
  /** Whether it is gone, the next look tells. */
  | { kind: "removed"; detail: D }
  /** `report`: what its machine said just now; `warning`: what went wrong and changes nothing, for the log. */
  | { kind: "learned"; detail: D; report?: MachineReport; warning?: string }
  | { kind: "failed"; message: string; definite: boolean };

export interface Found<D extends Detail = Detail> {
  status: Exclude<Observed, "unknown" | "absent">;
  /** Why it is broken. */
  problem?: string;
  /** What else was seen. */
  detail?: Partial<D>;
}

/**
 * What is saved before a call, so that a killed gateway knows what may have happened. Undefined: nothing needs to be.
 * @param createMs a call that makes something is given this long; after it, it has either landed or never will
 */
export function begun(
  row: Resource,
  action: string,
  now: number,
  fresh: () => { requestId: string; nonce: string },
  createMs: number,
): Resource | undefined {
  if (action !== "create") return undefined;
  const saved = next(row, row.observed, { ...fresh(), ...row.detail, creatingUntil: now + createMs });
  // The same request once more is the same thing: it mustn't make another driver's answer to it stale, or two could stall each other.
  return row.detail.requestId ? { ...saved, version: row.version } : saved;
}

/** What is known after a call. @param kept what stays on record of one that was there and is gone */
export function settled(
  row: Resource,
  action: string,
  outcome: Outcome,
  now: number,
  kept: (detail: Detail, now: number) => Detail,
): Resource {
  if (outcome.kind === "failed") return troubled(row, action, outcome, now);
  return withoutTrouble(after(row, action, outcome, now, kept), action);
}

function after(
  row: Resource,
  action: string,
  outcome: Exclude<Outcome, { kind: "failed" }>,
  now: number,
  kept: (detail: Detail, now: number) => Detail,
): Resource {
  switch (outcome.kind) {
    case "looked":
      return outcome.found ? found(row, outcome.found, now) : absent(row, action === "check", now, kept);
    case "created":
      return next(row, "starting", { ...without(row.detail, "creatingUntil", "checkedAt"), ...outcome.detail });
    case "removed":
      return next(row, "unknown", outcome.detail);
    case "learned":
      return next(row, row.observed, outcome.detail);
  }
}

function found(row: Resource, { status, problem, detail }: Found, now: number): Resource {
  const known = without(row.detail, "checkedAt", "problem", "brokenSince");
  const broken = status === "broken" ? { brokenSince: row.detail.brokenSince ?? now, ...(problem && { problem }) } : {};
  return next(row, status, { ...known, ...broken, ...detail, seen: true });
}

/** The calls that were to make it are all over. */
export const hasLanded = ({ detail: { creatingUntil } }: Resource, now: number): boolean =>
  creatingUntil !== undefined && creatingUntil <= now;

/** One that was there and is gone leaves only what the receipt needs: the next one is another one. */
function absent(row: Resource, check: boolean, now: number, kept: (detail: Detail, now: number) => Detail): Resource {
  const { creatingUntil, trouble, seen } = row.detail;
  const isOver = hasLanded(row, now);
  const unseen = without(row.detail, "creatingUntil", "checkedAt");
  // A cloud answers the same request for an hour as it did first: one that came to nothing is asked for anew.
  const asked = isOver ? without(unseen, "requestId", "nonce") : unseen;
  const known = seen ? { ...kept(row.detail, now), ...(trouble && { trouble }) } : asked;
  const landing = creatingUntil !== undefined && !isOver ? { creatingUntil } : {};
  const checked = check && row.wanted === "absent" && landing.creatingUntil === undefined ? { checkedAt: now } : {};
  const lost = seen && row.wanted === "present" ? { lostAt: now } : {};
  return next(row, "absent", { ...known, ...landing, ...checked, ...lost });
}

/** Nobody answered, or not what was hoped: look before anything else is done. */
function troubled(row: Resource, action: string, failed: { message: string; definite: boolean }, now: number): Resource {
  const { message, definite } = failed;
  const same = row.detail.trouble?.action === action ? row.detail.trouble : undefined;
  const { creatingUntil } = row.detail;
  const landing =
    action === "create" && definite && creatingUntil !== undefined
      ? { creatingUntil: Math.min(creatingUntil, now + REFUSED_MS) }
      : {};
  return next(row, "unknown", { ...row.detail, ...landing, trouble: { action, message, definite, since: same?.since ?? now } });
}

/** A success ends the trouble with that call; a check is a look. */
function withoutTrouble(row: Resource, action: string): Resource {
  const failing = row.detail.trouble?.action;
  const isLook = (call: string | undefined) => call === "look" || call === "check";
  const over = failing === action || (isLook(failing) && isLook(action));
  return over ? { ...row, detail: without(row.detail, "trouble") } : row;
}

function next(row: Resource, observed: Observed, detail: Detail): Resource {
  return { ...row, observed, detail, version: row.version + 1 };
}

function without<K extends keyof Detail>(detail: Detail, ...keys: K[]): Omit<Detail, K> {
  const copy = { ...detail };
  for (const key of keys) delete copy[key];
  return copy;
}
