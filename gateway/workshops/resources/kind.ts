import { machineOfSeat } from "../../../agent/contract/seats.ts";
import type { Cloud } from "../../../provision/cloud.ts";
import type { AgentClient } from "../../agents/client.ts";
import type { Archives } from "../archives.ts";
import type { Definitions } from "../definitions.ts";
import type { Issuer } from "../document.ts";
import type { Whole, Workshop } from "../record.ts";
import type { CommonAction, Detail, Outcome, Resource } from "../resource.ts";
import type { Starters } from "../starters.ts";
import type { Subject } from "../subject.ts";
import { machineHost } from "../workshop.ts";

/** A kind of thing that workshops own: one file of this folder and one line of `kinds.ts`. Everything but `call` is pure. */
export interface ResourceKind<D extends Detail = Detail, A extends string = string> {
  /** `record`: there from the making of the workshop on, and kept when a start fails. `start`: made by a start and undone with it. */
  belongsTo: "record" | "start";
  /** Names of those that a workshop should have: 1, 2, … */
  names(workshop: Workshop, names: PublicNames | undefined): string[];
  isReady(row: Resource<D>, subject: Pick<Subject, "rows" | "document">): boolean;
  /** Why it will never be ready. Calls that go on failing are seen to by the plan. */
  whyFailed(row: Resource<D>, now: number): string | undefined;
  /** What it does now while it comes up, for a sentence. */
  doing?(row: Resource<D>): string | undefined;
  /** It waits for a person to mend something: as long as that takes, nothing is late. */
  waits?(row: Resource<D>): boolean;
  /** The next call for one that is wanted, once it was looked at. */
  make(row: Resource<D>, subject: Subject, now: number): NextCall<A>;
  /** The next call for one that is there and isn't wanted. */
  unmake(row: Resource<D>, subject: Subject, now: number): NextCall<A>;
  /** Learners' work is in it and nowhere else. */
  holdsWork?(row: Resource<D>): boolean;
  /** What stays on record of one that was there and is gone. @param now when that was seen */
  kept(detail: D, now: number): D;
  /** What of a failed start's stays on record at the next one. Missing: nothing. */
  carried?(detail: D): D;
  /** What people read of its making and unmaking, in order. */
  startSteps(row: Resource<D>, workshop: Workshop): Step<A, D>[];
  stopSteps(row: Resource<D>, workshop: Workshop): Step<A, D>[];
  /** One call. It has a deadline, and may be done twice. */
  call(tools: CallTools, whole: Whole, row: Resource<D>, action: CommonAction | A): Promise<Outcome<D>>;
}

/** Where machines have names that everybody can open. */
export interface PublicNames {
  domain: string;
  /** Each machine's has to be told to the world; else all below the domain lead here. */
  records: boolean;
  /** Each machine's has a certificate. */
  certificates: boolean;
}

/** Public names of a workshop's machines, in their order. */
export const machineHosts = ({ id, seats }: Workshop, domain: string): string[] =>
  Array.from({ length: machineOfSeat(seats) }, (_, i) => machineHost(id, i + 1, domain));

/** Which call is possible now, and not sooner than how long after it was done last. Undefined: wait. */
export type NextCall<A extends string = string> = [action: CommonAction | A, pauseMs: number] | undefined;

/** A line of "What is happening". */
export interface Step<A extends string = string, D extends Detail = Detail> {
  /** Once in a workshop's start or stop. */
  key: string;
  summary: string;
  /** Where several machines have one each, they are one line of the page: these with the same word, and how that line reads of so many. */
  line?: { is: string; of: (machines: number) => string };
  /** The calls that belong to it. */
  actions: readonly (CommonAction | A)[];
  /** The call that it begins with; left out: any of them. */
  from?: CommonAction | A;
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

/** The step of one machine among others. Of the first it has the plain key. */
export const stepOfMachine = <A extends string, D extends Detail>(
  { key, ...step }: Step<A, D>,
  idx: number,
  of: (machines: number) => string = () => step.summary,
): Step<A, D> => ({ ...step, key: idx === 1 ? key : `${key}-${idx}`, line: { is: key, of } });

export const CHECK_STEP: Step<never> = {
  key: "check",
  summary: "Look again that nothing is left",
  actions: ["check"],
  late: true,
};
