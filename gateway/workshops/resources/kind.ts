import type { Cloud } from "../../../provision/cloud.ts";
import type { AgentClient } from "../../agents/client.ts";
import type { Archives } from "../archives.ts";
import type { Definitions } from "../definitions.ts";
import type { Issuer } from "../document.ts";
import type { Whole, Workshop } from "../record.ts";
import type { CommonAction, Detail, Outcome, Resource } from "../resource.ts";
import type { Starters } from "../starters.ts";
import type { Subject } from "../subject.ts";

/** A kind of thing that workshops own: one file of this folder and one line of `kinds.ts`. Everything but `call` is pure. */
export interface ResourceKind<D extends Detail = Detail, A extends string = string> {
  /** `record`: there from the making of the workshop on, and kept when a start fails. `start`: made by a start and undone with it. */
  belongsTo: "record" | "start";
  /** Names of those that a workshop should have: 1, 2, … @param domain where machines have public names */
  names(workshop: Workshop, domain: string | undefined): string[];
  isReady(row: Resource<D>, subject: Subject): boolean;
  /** Why it will never be ready. Calls that go on failing are seen to by the plan. */
  whyFailed(row: Resource<D>, now: number): string | undefined;
  /** What it does now while it comes up, for a sentence. */
  doing?(row: Resource<D>): string | undefined;
  /** The next call for one that is wanted, once it was looked at. */
  make(row: Resource<D>, subject: Subject): NextCall<A>;
  /** The next call for one that is there and isn't wanted. */
  unmake(row: Resource<D>, subject: Subject, now: number): NextCall<A>;
  /** Learners' work is in it and nowhere else. */
  holdsWork?(row: Resource<D>): boolean;
  /** What stays on record of one that was there and is gone. */
  kept(detail: D): D;
  /** What people read of its making and unmaking, in order. */
  startSteps(row: Resource<D>, workshop: Workshop): Step<A, D>[];
  stopSteps(row: Resource<D>, workshop: Workshop): Step<A, D>[];
  /** One call. It has a deadline, and may be done twice. */
  call(tools: CallTools, whole: Whole, row: Resource<D>, action: CommonAction | A): Promise<Outcome<D>>;
}

/** Which call is possible now, and not sooner than how long after it was done last. Undefined: wait. */
export type NextCall<A extends string = string> = [action: CommonAction | A, pauseMs: number] | undefined;

/** A line of "What is happening". */
export interface Step<A extends string = string, D extends Detail = Detail> {
  key: string;
  summary: string;
  /** The calls that belong to it. */
  actions: readonly (CommonAction | A)[];
  /** Whether it ended with a call that went well; left out: with any. */
  isOver?(row: Resource<D>, action: string): boolean;
  /** Read after the steps of all other kinds. */
  late?: true;
}

/** What calls are made with. */
export interface CallTools {
  cloud: Cloud;
  agents: AgentClient;
  issuer: Issuer;
  starters: Starters;
  definitions: Definitions;
  archives: Archives;
}

/** While something comes up or goes away. */
export const SOON_MS = 200;

export const CHECK_STEP: Step<never> = {
  key: "check",
  summary: "Look again that nothing is left",
  actions: ["check"],
  late: true,
};
