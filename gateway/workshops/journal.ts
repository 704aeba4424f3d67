import type { JournalTable } from "../db/schema.ts";
import type { Conclusion } from "./plan.ts";
import type { Whole, Workshop } from "./record.ts";
import type { Outcome, Resource } from "./resource.ts";
import type { Step } from "./resources/kind.ts";
import { kindOf } from "./resources/kinds.ts";
import type { Store } from "./store.ts";
import { goalOf } from "./workshop.ts";

/** Which part of its life a step belongs to; the page shows the last start or, once that began, the stop. */
export function actOf(workshop: Workshop): string {
  return workshop.stop_at ? "stop" : `start-${workshop.attempt}`;
}

/** Ends with the conclusion that all is undone. */
export const UNDO_STEP: Step = {
  key: "undo",
  summary: "Undo: remove the seats and the machine",
  actions: [],
  isOver: () => false,
};

/** What happens, with times, for people. Nothing is ever decided by it. */
export class Journal {
  readonly #begun = new Map<string, string>();

  constructor(private readonly store: Store) {}

  async begin(whole: Whole, row: Resource, action: string): Promise<void> {
    const step = stepOf(whole.workshop, row, action);
    if (!step || this.#isKnown(whole, step.key)) return;
    await this.#write(whole.workshop, step, { state: "doing", note: null, ended_at: null });
  }

  /** @param row as it was when the call began; `after`: what is known now */
  async settle({ workshop }: Whole, row: Resource, after: Resource, action: string, outcome: Outcome): Promise<void> {
    const step = stepOf(workshop, row, action);
    if (!step) return;
    if (outcome.kind === "failed") await this.#write(workshop, step, { state: "doing", note: outcome.message, ended_at: null });
    else if (step.isOver?.(after, action) ?? true) await this.#finish(workshop, step);
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
    await this.#write(workshop, step, { state: "done", note: null, ended_at: new Date().toISOString() });
    this.#begun.delete(`${workshop.id} ${actOf(workshop)} ${step.key}`);
  }

  /** The same news again isn't worth a write. */
  async #write(
    workshop: Workshop,
    { key, summary }: Step,
    news: Pick<JournalTable, "state" | "note" | "ended_at">,
  ): Promise<void> {
    const act = actOf(workshop);
    const id = `${workshop.id} ${act} ${key}`;
    const line = JSON.stringify([news.state, news.note]);
    if (this.#begun.get(id) === line) return;
    this.#begun.set(id, line);
    await this.store.note({ workshop: workshop.id, act, key, summary, started_at: new Date().toISOString(), ...news });
  }
}

/** The step that a call belongs to, if people read of it. */
function stepOf(workshop: Workshop, row: Resource, action: string): Step | undefined {
  const kind = kindOf(row);
  const goal = goalOf(workshop.state, { failure: workshop.failure !== null, receipt: false });
  if (goal === "undone") return kind.belongsTo === "start" ? UNDO_STEP : undefined;
  if (goal === "gone") return kind.stopSteps(row, workshop).find(({ actions }) => actions.includes(action));
  if (workshop.state !== "provisioning") return undefined;
  return kind.startSteps(row, workshop).find(({ actions }) => actions.includes(action));
}
