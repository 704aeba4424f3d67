import type { EnvironmentView } from "./workshop.ts";

/** What the seats of a workshop are made from, as it is kept: whoever edits it begins with this. */
export interface DefinitionView {
  /** The workshop.yaml as its author wrote it. */
  text: string;
  /** Another one for each definition: whoever saves says which one she began with. */
  digest: string;
  environment: EnvironmentView;
}

/** What a refresh would make of the seats of a class that runs. */
export interface RefreshPlanView {
  /** Every machine was told of the definition as it is kept. Seats of one that wasn't are `unknown`. */
  told: boolean;
  /** In the definition's order: what is installed anew, once for all seats of a machine, and what is there. Empty: no machine said it. */
  sdks: { name: string; layer: "built" | "reused" }[];
  /** One for every seat, in order. */
  seats: { seat: number; does: SeatOutlook }[];
  /** Why machines could not say it, each with its seats. */
  problems: { seats: number[]; problem: string }[];
}

/**
 * - `restarts`: its terminals and programs end, `/workspace` stays. `live`: it is changed while they go on. `same`: it has all of it.
 * - `busy`: it is being worked on. `waits`: a change there waits for a person. Both go on with the definition that they began with.
 * - `unmade`: it isn't there, and is made from this definition when it is made.
 * - `unknown`: its machine didn't say.
 */
export type SeatOutlook = "restarts" | "live" | "same" | "busy" | "waits" | "unmade" | "unknown";
