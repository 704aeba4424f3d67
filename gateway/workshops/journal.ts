import type { JournalTable } from "../db/schema.ts";
import { openMachines } from "./open-machines.ts";
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
  summary: "Undo: remove the seats and their machines",
  actions: [],
  isOver: () => false,
};

/** What happens, with times, for people. Nothing is ever decided by it. */
export class Journal {
  readonly #begun = new Map<string, string>();

  constructor(private readonly store: Store) {}

  async begin(whole: Whole, row: Resource, action: string): Promise<void> {
    const step = stepOf(whole.workshop, row, action);
    if (!step || !begins(step, action) || this.#isKnown(whole, step.key)) return;
    await this.#write(whole.workshop, step, { state: "doing", note: null, ended_at: null });
  }

  /** @param row as it was when the call began; `after`: what is known now */
  async settle(whole: Whole, row: Resource, after: Resource, action: string, outcome: Outcome): Promise<void> {
    const { workshop } = whole;
    const step = stepOf(workshop, row, action);
    if (!step) return;
    if (outcome.kind === "failed") {
      if (begins(step, action) || this.#isKnown(whole, step.key))
        await this.#write(workshop, step, { state: "doing", note: outcome.message, ended_at: null });
    } else if (step.isOver?.(after, action) ?? true) await this.#finish(workshop, step);
  }

  async conclude(whole: Whole, conclusion: Conclusion): Promise<void> {
    const { workshop, journal } = whole;
    const act = actOf(workshop);
    const failed = conclusion.kind === "failed" || conclusion.kind === "unpackable";
    if (conclusion.kind === "due" || conclusion.kind === "packed") return;
    const goesOn = conclusion.kind === "ready" ? stepsOfOthers(whole) : new Set<string>();
    for (const entry of journal.filter(({ act: of, state, key }) => of === act && state === "doing" && !goesOn.has(key))) {
      const note = failed ? whyFailed(whole, conclusion, entry) : null;
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

const begins = ({ from }: Step, action: string): boolean => from === undefined || from === action;

/** Why a step didn't end. Others that went on beside the one that failed were only left. */
function whyFailed({ workshop, rows }: Whole, conclusion: Conclusion, { key, note }: JournalTable): string | null {
  if (conclusion.kind === "unpackable") return conclusion.reason;
  if (conclusion.kind !== "failed") return null;
  const { of, reason } = conclusion;
  const row = of && rows.find(({ kind, idx }) => kind === of.kind && idx === of.idx);
  const own = row && keysOf(row, workshop).includes(key);
  return own === false ? (note ?? "Cut short.") : reason;
}

/** Of machines that a class begins without. */
function stepsOfOthers({ rows, workshop }: Whole): Set<string> {
  const open = openMachines({ rows, document: workshop.document });
  const others = rows.filter((row) => kindOf(row).belongsTo === "start" && !open.has(row.idx));
  return new Set(others.flatMap((row) => keysOf(row, workshop)));
}

const keysOf = (row: Resource, workshop: Workshop): string[] => {
  const steps = kindOf(row).startSteps(row, workshop);
  return steps.map(({ key }) => key);
};

/** The step that a call belongs to, if people read of it. */
function stepOf(workshop: Workshop, row: Resource, action: string): Step | undefined {
  const kind = kindOf(row);
  const goal = goalOf(workshop.state, { failure: workshop.failure !== null, receipt: false });
  if (goal === "undone") return kind.belongsTo === "start" ? UNDO_STEP : undefined;
  if (goal === "gone") return kind.stopSteps(row, workshop).find(({ actions }) => actions.includes(action));
  if (workshop.state !== "provisioning") return undefined;
  return kind.startSteps(row, workshop).find(({ actions }) => actions.includes(action));
}
