import { Problem } from "../../agent/contract/errors.ts";
import { seatName, seatsOfMachine } from "../../agent/contract/seats.ts";
import type { Costs } from "../../provision/cloud.ts";
import type { EnvironmentView } from "../../views/workshop.ts";
import type { WorkshopWish } from "../services.ts";
import type { KeptWork } from "./archives.ts";
import { NEW_LLM } from "./llm/wish.ts";
import { codeKey } from "./names.ts";
import type { Conclusion } from "./plan.ts";
import { receiptOf } from "./receipt.ts";
import type { Held, Workshop } from "./record.ts";
import { type Resource, wanted } from "./resource.ts";
import type { PublicNames } from "./resources/kind.ts";
import { KINDS, kindOf } from "./resources/kinds.ts";
import type { MachineDetail } from "./resources/machine-row.ts";
import { endByHand, isDue, plannedEnd, type Times } from "./times.ts";
import { after, keptUntil, plannedMachinesEnd } from "./workshop.ts";

/** What of an instructor's wish stands in the record; the key is sealed. */
export interface Wish extends Required<Pick<WorkshopWish, "name" | "seats" | "hours">> {
  /** Normalized; null: the default. */
  definition: string | null;
  /** With the comments; null as `definition`. */
  written?: string | null;
  environment: EnvironmentView;
  /** Left out: it begins by hand and lasts its hours. */
  times?: Times;
}

const BY_HAND: Times = { starts_at: null, planned_end: null };

/** A record, and what belongs to it: a key that is to be sealed. */
export function created(owner: string, wish: Wish, { id, code }: { id: string; code: string }, now: Date): Held {
  const { name, seats, hours, definition, written = null, environment, times = BY_HAND } = wish;
  const workshop: Workshop = {
    ...{ id, owner, code, code_key: codeKey(code) ?? code, name, seats, hours, environment },
    ...{ definition, definition_written: written },
    ...{ state: "created", revision: 1, document: 1, attempt: 0, failure: null },
    ...{ work: "none", work_problem: null, archive: null, starter: null, receipt: null, llm: NEW_LLM },
    ...{ created_at: now.toISOString(), ...times, started_at: null, ready_at: null, ends_at: null, latest_end: null },
    ...{ stop_at: null, stopped_at: null },
    ...{ lease_holder: null, lease_until: null },
  };
  const all = Object.entries(KINDS).filter(([, { belongsTo }]) => belongsTo === "record");
  return {
    workshop,
    rows: all.flatMap(([kind, { names }]) => names(workshop, undefined).map((name, i) => wanted(kind, i + 1, name))),
  };
}

/** By hand. Asking again is fine. @param publicNames where machines have any @throws STATE_CONFLICT when it is stopping or stopped, or its end passed */
export function started(held: Held, now: Date, publicNames?: PublicNames): Held {
  const { workshop } = held;
  if (workshop.state === "provisioning" || workshop.state === "running") return held;
  return begun({ ...held, workshop: { ...workshop, starts_at: null } }, () => endByHand(workshop, now), now, publicNames);
}

/** By itself, at its time; the same held as before when that isn't now. */
export function startedInTime(held: Held, leadMs: number, now: Date, publicNames?: PublicNames): Held {
  const { workshop } = held;
  const end = plannedEnd(workshop);
  if (end === undefined || !isDue(workshop, leadMs, now.getTime())) return held;
  return begun(held, () => end, now, publicNames);
}

function begun({ workshop, rows }: Held, endOf: () => number, now: Date, publicNames?: PublicNames): Held {
  const state = after(workshop.state, "start");
  if (!state)
    throw new Problem(
      "STATE_CONFLICT",
      `The workshop “${workshop.name}” is ${workshop.state}. Make a new one; this one can't start again.`,
    );
  const attempt = workshop.attempt + 1;
  const ends_at = new Date(endOf()).toISOString();
  const fresh = (kind: string, idx: number, name: string) => {
    const before = rows.find((row) => row.kind === kind && row.idx === idx);
    return wanted(kind, idx, name, attempt, (before?.version ?? 0) + 1, before && kindOf(before).carried?.(before.detail));
  };
  return {
    workshop: {
      ...workshop,
      state,
      attempt,
      failure: null,
      document: workshop.document + 1,
      started_at: now.toISOString(),
      ready_at: null,
      ...{ ends_at, latest_end: new Date(plannedMachinesEnd(ends_at)).toISOString() },
    },
    rows: Object.entries(KINDS).flatMap(([kind, { names }]) =>
      names(workshop, publicNames).map((name, i) => fresh(kind, i + 1, name)),
    ),
  };
}

export interface StopChoice {
  /** Left out: as chosen before. */
  keepWork?: boolean | undefined;
  /** Whether anyone ever joined. */
  learners: boolean;
  /** What was packed before some seats failed. */
  kept?: KeptWork | undefined;
}

export function stopped(held: Held, choice: StopChoice, now: Date): Held {
  const { workshop } = held;
  if (workshop.state === "stopping") return chosen(held, choice, now);
  const state = after(workshop.state, "stop");
  if (!state) return held;
  return {
    workshop: {
      ...workshop,
      state,
      document: workshop.document + 1,
      work: choice.keepWork && choice.learners && workshop.ready_at ? "wanted" : "none",
      stop_at: now.toISOString(),
      stopped_at: state === "stopped" ? now.toISOString() : null,
    },
    rows: held.rows.map(unwanted),
  };
}

/** A choice made while it stops counts as long as the work isn't packed yet. */
function chosen({ workshop, rows }: Held, { keepWork, kept }: StopChoice, now: Date): Held {
  if (keepWork === undefined || workshop.work !== "wanted") return { workshop, rows };
  // Going on without those that failed is not giving up the others.
  if (!keepWork && workshop.work_problem && kept) return packed({ workshop, rows }, kept, now);
  if (!keepWork) return { workshop: { ...workshop, work: "skipped", work_problem: null, document: workshop.document + 1 }, rows };
  if (!workshop.work_problem) return { workshop, rows };
  return { workshop: { ...workshop, work_problem: null, stop_at: now.toISOString() }, rows: rows.map(untroubled) };
}

/** What the driver found to be true. The same held as before when it isn't news any more. */
export function concluded(
  held: Held,
  conclusion: Conclusion,
  { learners, kept, costs }: { learners: number; kept?: KeptWork | undefined; costs?: Costs | undefined },
  now: Date,
): Held {
  const { workshop, rows } = held;
  const at = now.toISOString();
  switch (conclusion.kind) {
    case "ready":
      return { workshop: { ...workshop, state: after(workshop.state, "ready") ?? workshop.state, ready_at: at }, rows };
    case "failed":
      return {
        workshop: { ...workshop, failure: conclusion.reason },
        rows: rows.map((row) => (kindOf(row).belongsTo === "record" ? row : unwanted(row))),
      };
    case "undone":
      return { workshop: undone(workshop), rows };
    case "due":
      return stopped(held, { keepWork: true, learners: learners > 0 }, now);
    case "packed":
      return packed(held, kept, now);
    case "unpackable":
      return { workshop: { ...workshop, work_problem: conclusion.reason }, rows };
    case "gone":
      return {
        workshop: {
          ...workshop,
          state: after(workshop.state, "gone") ?? workshop.state,
          stopped_at: workshop.stopped_at ?? at,
          receipt: receiptOf(held, learners, now, costs),
        },
        rows,
      };
  }
}

/** A start that failed by itself isn't tried again by itself: what it failed of would most often be there again, and cost again. */
function undone({ starts_at, failure, ...workshop }: Workshop): Workshop {
  const alone = starts_at === null ? "" : " It began by itself at its time, and isn’t tried again without you.";
  // Below the reason stands, a line each, what a machine said last.
  const [reason, ...said] = (failure ?? "").split("\n");
  return {
    ...workshop,
    state: after(workshop.state, "undone") ?? workshop.state,
    failure: failure && [reason + alone, ...said].join("\n"),
    ...{ starts_at: null, ends_at: null, latest_end: null },
  };
}

function packed({ workshop, rows }: Held, kept: KeptWork | undefined, now: Date): Held {
  const missing = [...(kept?.missing ?? []), ...rows.flatMap((row) => lostWith(row, workshop.seats))];
  const archive = kept
    ? { ...kept, ...(missing.length > 0 && { missing }), madeAt: now.toISOString(), keptUntil: keptUntil(now) }
    : null;
  const work = kept ? "packed" : "skipped";
  return { workshop: { ...workshop, work, work_problem: null, archive, document: workshop.document + 1 }, rows };
}

/** Of machines that were gone before their work was packed. */
function lostWith({ kind, idx, observed, detail }: Resource, seats: number): string[] {
  if (kind !== "machine" || observed !== "absent" || (detail as MachineDetail).packed) return [];
  const own = seatsOfMachine(idx, seats).map(seatName);
  const [who, their] = own.length === 1 ? [`Seat ${own[0]}`, "its"] : [`Seats ${own[0]} to ${own.at(-1)}`, "their"];
  return [`${who}: ${their} machine was gone before ${their} work was packed.`];
}

/** To be looked at again: what was seen while it was wanted says nothing now. */
function unwanted(row: Resource): Resource {
  return untroubled({ ...row, wanted: "absent", observed: "unknown" });
}

function untroubled(row: Resource): Resource {
  const { trouble: _, ...detail } = row.detail;
  return { ...row, version: row.version + 1, detail };
}
