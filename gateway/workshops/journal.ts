import type { JournalTable } from "../db/schema.ts";
import { isEmpty } from "./counts.ts";
import type { Conclusion } from "./plan.ts";
import type { ActionKind, Outcome, Resource } from "./resource.ts";
import type { Store, Whole } from "./store.ts";
import { goalOf, type Workshop } from "./workshop.ts";

/** Which act of the workshop is played: what happened in another one is history. */
export function actOf(workshop: Workshop): string {
  return workshop.stop_at ? "stop" : `start-${workshop.attempt}`;
}

/** Steps in the order in which people read them. Seats' steps come from the machines' reports. */
export const START_STEPS = {
  secret: "Unseal the API key",
  create: "Start the machine",
  starter: "Unpack the starter files once",
} as const;
export const certificateStep = ({ idx, name }: Pick<Resource, "idx" | "name">) => ({
  key: `certificate-${idx}`,
  summary: `Get a certificate for ${name}`,
});
export const UNDO_STEP = "Undo: remove the seats and the machine";
export const STOP_STEPS = {
  instruct: "Tell everyone that the workshop ended",
  pack: "Pack everyone’s work into one archive",
  empty: "Remove the seats",
  remove: "Stop the machine",
  destroy: "Destroy the sealed API key",
  check: "Look again that nothing is left",
} as const;

/** What happens, with times, for people. Nothing is ever decided by it. */
export class Journal {
  readonly #begun = new Map<string, string>();

  constructor(private readonly store: Store) {}

  async begin(whole: Whole, row: Resource, kind: ActionKind): Promise<void> {
    const step = stepOf(whole.workshop, row, kind);
    if (!step || this.#isKnown(whole, step.key)) return;
    await this.#write(whole.workshop, { ...step, state: "doing", note: null, ended_at: null });
  }

  async settle(whole: Whole, row: Resource, kind: ActionKind, outcome: Outcome): Promise<void> {
    const step = stepOf(whole.workshop, row, kind);
    if (!step) return;
    if (outcome.kind === "failed")
      return this.#write(whole.workshop, { ...step, state: "doing", note: outcome.message, ended_at: null });
    if (isOver(whole.workshop, row, kind)) await this.#finish(whole.workshop, step);
  }

  async conclude(whole: Whole, conclusion: Conclusion): Promise<void> {
    const { workshop, journal } = whole;
    const act = actOf(workshop);
    const failed = conclusion.kind === "failed" || conclusion.kind === "unpackable";
    if (conclusion.kind === "due" || conclusion.kind === "packed") return;
    for (const entry of journal.filter((each) => each.act === act && each.state === "doing")) {
      const note = failed ? conclusion.reason : null;
      await this.store.note({ ...entry, state: failed ? "failed" : "done", note, ended_at: new Date().toISOString() });
    }
  }

  #isKnown({ workshop, journal }: Whole, key: string): boolean {
    const act = actOf(workshop);
    return journal.some((entry) => entry.act === act && entry.key === key && entry.state !== "failed");
  }

  async #finish(workshop: Workshop, step: Step): Promise<void> {
    await this.#write(workshop, { ...step, state: "done", note: null, ended_at: new Date().toISOString() });
    this.#begun.delete(`${workshop.id} ${actOf(workshop)} ${step.key}`);
  }

  /** A step that is told twice is one step, from its first telling on. */
  async #write(workshop: Workshop, entry: Step & Pick<JournalTable, "state" | "note" | "ended_at">): Promise<void> {
    const id = `${workshop.id} ${actOf(workshop)} ${entry.key}`;
    const line = JSON.stringify([entry.state, entry.note]);
    if (this.#begun.get(id) === line) return;
    this.#begun.set(id, line);
    await this.store.note({ workshop: workshop.id, act: actOf(workshop), started_at: new Date().toISOString(), ...entry });
  }
}

type Step = Pick<JournalTable, "key" | "summary">;

function stepOf(workshop: Workshop, row: Resource, kind: ActionKind): Step | undefined {
  const goal = goalOf(workshop.state, { failure: workshop.failure !== null, receipt: false });
  if (goal === "running") return workshop.state === "provisioning" ? startStep(row, kind) : undefined;
  if (goal === "undone") return row.kind === "machine" ? { key: "undo", summary: UNDO_STEP } : undefined;
  return goal === "gone" ? stopStep(workshop, row, kind) : undefined;
}

function startStep(row: Resource, kind: ActionKind): Step | undefined {
  if (row.kind === "secret") return { key: "secret", summary: START_STEPS.secret };
  if (row.kind === "certificate") return certificateStep(row);
  if (kind === "create" || kind === "look" || kind === "greet") return { key: "create", summary: START_STEPS.create };
  return kind === "starter" ? { key: "starter", summary: START_STEPS.starter } : undefined;
}

function stopStep(workshop: Workshop, row: Resource, kind: ActionKind): Step | undefined {
  if (kind === "check")
    return row.kind === "machine" || workshop.attempt === 0 ? { key: "check", summary: STOP_STEPS.check } : undefined;
  if (row.kind === "certificate") return undefined;
  if (row.kind === "secret") return kind === "remove" ? { key: "destroy", summary: STOP_STEPS.destroy } : undefined;
  if (kind === "instruct") {
    const first = row.detail.emptyingSince === undefined && workshop.work !== "packed";
    return first ? { key: "instruct", summary: STOP_STEPS.instruct } : { key: "empty", summary: STOP_STEPS.empty };
  }
  if (kind === "pack") return { key: "pack", summary: STOP_STEPS.pack };
  if (kind === "ask") return { key: "empty", summary: STOP_STEPS.empty };
  return kind === "remove" ? { key: "remove", summary: STOP_STEPS.remove } : undefined;
}

/** Whether the step that this call belongs to ended with it. */
function isOver(workshop: Workshop, { kind: resource, detail, observed }: Resource, kind: ActionKind): boolean {
  if (workshop.failure !== null && workshop.state === "provisioning") return false;
  if (resource === "certificate") return observed === "running";
  if (workshop.state === "provisioning")
    return kind === "greet" || kind === "starter" || (resource === "secret" && kind === "look");
  if (kind !== "ask" && kind !== "instruct") return true;
  const left = detail.report?.leftovers;
  return kind === "instruct" || (left !== undefined && isEmpty(left));
}
