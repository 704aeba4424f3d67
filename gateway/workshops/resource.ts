import type { Leftovers, MachineReport } from "../../agent/contract/machine.ts";
import type { FoundMachine } from "../../provision/cloud.ts";
import { larger, NOTHING } from "./counts.ts";

/** One thing a workshop owns outside the database: what is wanted of it and what was seen of it last. A certificate's index is its machine's. */
export interface Resource {
  kind: "secret" | "machine" | "certificate";
  /** 1, 2, … among its kind. */
  idx: number;
  name: string;
  attempt: number;
  wanted: "present" | "absent";
  observed: Observed;
  /** Goes up with every write; an outcome of something older is dropped. */
  version: number;
  detail: Detail;
}

/** `unknown`: to be looked at before anything else. `present` is a secret's `running`. */
export type Observed = "unknown" | "absent" | "present" | FoundMachine["status"];

/** Times are milliseconds since 1970. */
export interface Detail {
  /** Chosen and saved before the first call, so that doing it twice makes one thing. */
  requestId?: string;
  nonce?: string;
  /** A call that makes it may still land until then, whoever made it. */
  creatingUntil?: number;
  /** It was seen to exist; when it is gone afterwards, the next one is a new request. */
  seen?: boolean;
  plane?: { host: string; port: number };
  endpoint?: string;
  url?: string;
  ip?: string;
  /** What the cloud says of a broken one. */
  problem?: string;
  brokenSince?: number;
  /** PEM, pinned at the first contact for good. */
  certificate?: string;
  /** Digest of the starter files it holds. */
  starter?: string;
  /** Revision of the last document it took. */
  acknowledged?: number;
  /** As seen last. */
  report?: MachineReport;
  /** What seats held before they were removed: for the receipt. */
  before?: Leftovers;
  removed?: Leftovers;
  packed?: { bytes: number; folders: number };
  /** Since when it has been asked to remove its seats. */
  emptyingSince?: number;
  /** The same call fails since then. */
  trouble?: Trouble;
  /** Wanted gone, and looked for again after that: not there. */
  checkedAt?: number;
}

export interface Trouble {
  action: ActionKind;
  message: string;
  since: number;
  /** Trying again can't help. */
  definite: boolean;
}

export type ActionKind = "look" | "create" | "greet" | "starter" | "instruct" | "ask" | "pack" | "remove" | "check";

/** One that is wanted, and nothing is known of it yet. */
export const wanted = (kind: Resource["kind"], idx: number, name: string, attempt = 0, version = 1): Resource => ({
  ...{ kind, idx, name, attempt, version },
  wanted: "present",
  observed: "unknown",
  detail: {},
});

/** How one call ended. */
export type Outcome =
  /** `check`: it was the last look, after all that could still make it. */
  | { kind: "looked"; found: FoundMachine | undefined; check: boolean }
  | { kind: "lookedSecret"; exists: boolean; check: boolean }
  | { kind: "created" }
  | { kind: "greeted"; certificate: string }
  | { kind: "starter"; digest: string }
  | { kind: "instructed"; revision: number; report: MachineReport; before?: Leftovers; emptying: boolean }
  | { kind: "asked"; report: MachineReport }
  | { kind: "packed"; bytes: number; folders: number }
  | { kind: "removed"; counts: Leftovers }
  | { kind: "failed"; action: ActionKind; message: string; definite: boolean };

/** Making a machine is given this long; after it, the call has either landed or never will. */
export const CREATE_MS = 15_000;

/** What is saved before a call, so that a killed gateway knows what may have happened. Undefined: nothing needs to be. */
export function begun(
  row: Resource,
  action: ActionKind,
  now: number,
  fresh: () => { requestId: string; nonce: string },
): Resource | undefined {
  if (action !== "create") return undefined;
  const saved = next(row, row.observed, { ...fresh(), ...row.detail, creatingUntil: now + CREATE_MS });
  // The same request once more is the same thing: it mustn't make another driver's answer to it stale, or two could stall each other.
  return row.detail.requestId ? { ...saved, version: row.version } : saved;
}

/** What is known after a call. */
export function settled(row: Resource, outcome: Outcome, now: number): Resource {
  const { detail } = row;
  switch (outcome.kind) {
    case "looked":
      return calmed(outcome.found ? found(row, outcome.found, now) : absent(row, outcome.check, now), "look");
    case "lookedSecret":
      return calmed(
        outcome.exists ? next(row, "present", without(detail, "checkedAt")) : absent(row, outcome.check, now),
        "look",
      );
    case "created":
      return calmed(next(row, "starting", without(detail, "creatingUntil", "checkedAt")), "create");
    case "greeted":
      return calmed(next(row, row.observed, { ...detail, certificate: outcome.certificate }), "greet");
    case "starter":
      return calmed(next(row, row.observed, { ...detail, starter: outcome.digest }), "starter");
    case "instructed":
      return calmed(instructed(row, outcome, now), "instruct");
    case "asked":
      return calmed(next(row, row.observed, { ...detail, report: outcome.report }), "ask");
    case "packed":
      return calmed(next(row, row.observed, { ...detail, packed: { bytes: outcome.bytes, folders: outcome.folders } }), "pack");
    case "removed":
      return calmed(next(row, "unknown", { ...detail, removed: larger(detail.removed ?? NOTHING, outcome.counts) }), "remove");
    case "failed":
      return troubled(row, outcome, now);
  }
}

function found(row: Resource, machine: FoundMachine, now: number): Resource {
  const { plane, endpoint, url, ip, status, detail: problem } = machine;
  const kept = without(row.detail, "checkedAt", "problem", "brokenSince");
  const broken = status === "broken" ? { brokenSince: row.detail.brokenSince ?? now, ...(problem && { problem }) } : {};
  const where = { ...(plane && { plane }), ...(endpoint && { endpoint }), ...(url && { url }), ...(ip && { ip }) };
  return next(row, status, { ...kept, ...broken, ...where, seen: true });
}

/** One that was there and is gone leaves only what the receipt needs: the next one is another machine with another certificate. */
function absent(row: Resource, check: boolean, now: number): Resource {
  const { before, removed, packed, report, creatingUntil, trouble, seen } = row.detail;
  const history = {
    ...(before && { before }),
    ...(removed && { removed }),
    ...(packed && { packed }),
    ...(report && { report }),
  };
  const kept = seen ? { ...history, ...(trouble && { trouble }) } : without(row.detail, "creatingUntil", "checkedAt");
  const landing = creatingUntil !== undefined && creatingUntil > now ? { creatingUntil } : {};
  const checked = check && row.wanted === "absent" && landing.creatingUntil === undefined ? { checkedAt: now } : {};
  return next(row, "absent", { ...kept, ...landing, ...checked });
}

function instructed(row: Resource, outcome: Extract<Outcome, { kind: "instructed" }>, now: number): Resource {
  const { detail } = row;
  const before = detail.before ?? outcome.before;
  return next(row, row.observed, {
    ...detail,
    acknowledged: Math.max(detail.acknowledged ?? 0, outcome.revision),
    report: outcome.report,
    ...(before && { before }),
    ...(outcome.emptying && { emptyingSince: detail.emptyingSince ?? now }),
  });
}

/** Nobody answered, or not what was hoped: look before anything else is done. */
function troubled(row: Resource, { action, message, definite }: Extract<Outcome, { kind: "failed" }>, now: number): Resource {
  const same = row.detail.trouble?.action === action ? row.detail.trouble : undefined;
  return next(row, "unknown", { ...row.detail, trouble: { action, message, definite, since: same?.since ?? now } });
}

/** A success ends the trouble with that call. */
function calmed(row: Resource, action: ActionKind): Resource {
  const troubled = row.detail.trouble?.action;
  const over = troubled === action || (troubled === "check" && action === "look");
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
