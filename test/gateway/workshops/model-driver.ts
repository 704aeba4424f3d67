import type { Action } from "../../../gateway/workshops/plan.ts";
import type { Outcome, Resource } from "../../../gateway/workshops/resource.ts";
import type { Fate, Model } from "./model.ts";

/** One gateway's driver: reads, saves, calls, saves, one step at a time; a kill forgets all that isn't saved. */
export class ModelDriver {
  #pending: { row: Resource; action: Action; outcome?: Outcome } | undefined;

  constructor(readonly model: Model) {}

  step(pick: number, fate: Fate): void {
    const { model } = this;
    if (this.#pending?.outcome) {
      model.settle(this.#pending.row, this.#pending.action, this.#pending.outcome);
      this.#pending = undefined;
    } else if (this.#pending) {
      this.#pending.outcome = model.call(this.#pending.row, this.#pending.action, fate);
    } else {
      this.#read(pick);
    }
  }

  kill(): void {
    this.#pending = undefined;
  }

  #read(pick: number): void {
    const { model } = this;
    const { actions, conclusion } = model.plan();
    if (!conclusion) model.tellChains();
    if (conclusion) model.conclude(model.held.workshop.revision, conclusion);
    const action = actions[pick % Math.max(1, actions.length)];
    const row = action && model.row({ kind: action.resource, idx: action.idx });
    const saved = action && row && model.begin(row, action);
    if (action && saved) this.#pending = { row: saved, action };
  }
}

export type Drivers = readonly [ModelDriver, ModelDriver];

export function run(model: Model, driver: ModelDriver, steps: number): void {
  for (let i = 0; i < steps; i++) {
    driver.step(i, "ok");
    model.now += 30;
  }
}

/** An action takes three steps, and a pick that counts along would meet the same one of three for ever. */
export function scattered(model: Model, driver: ModelDriver, i: number): void {
  driver.step(Math.imul(i, 0x9e3779b1) >>> 16, "ok");
  model.now += 30;
}

/** Time goes on and nothing fails any more; a class is shorter than its 4 hours. */
export function settle(model: Model, drivers: Drivers): void {
  for (let i = 0; i < 1500; i++) {
    scattered(model, drivers[(i % 2) as 0 | 1], i);
    if (i > 400 && isQuiet(model)) return;
  }
}

function isQuiet(model: Model): boolean {
  const { actions, conclusion } = model.plan();
  const waitsForChoice = model.held.workshop.work_problem !== null;
  if (actions.length === 0 && model.held.workshop.state === "stopping" && !waitsForChoice) return false; // a call may still land
  if (actions.length === 0 && model.held.workshop.state === "provisioning") return false;
  return (
    !conclusion &&
    actions.every(({ kind, pauseMs }) => (kind === "look" && waitsForChoice) || (kind === "ask" && pauseMs >= 2000))
  );
}
