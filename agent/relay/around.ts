import type { Upstream } from "../contract/upstream.ts";
import type { Refusal } from "./answers.ts";
import type { Held } from "./ask.ts";
import type { Counts } from "./counts.ts";
import type { Health } from "./health.ts";
import type { Asked } from "./paths.ts";
import type { Queue } from "./queue.ts";
import type { Verdict } from "./verdict.ts";

/** What all requests of a machine share. */
export interface Around {
  upstream: Upstream;
  key(): string | undefined;
  /** Why this seat may not ask now. @param answers that it has under way; -1: may it go on? */
  refusal(seat: number, answers?: number): Refusal | undefined;
  modelRefusal(model: string): Refusal | undefined;
  counts: Counts;
  queue: Queue;
  health: Health;
  verdict: Verdict;
  held: Held;
  running: Set<Running>;
  /** By seat, answers one after the other that were cut on their way. */
  cuts: Map<number, number>;
}

/** A request that is under way. */
export interface Running {
  seat: number;
  generation: number;
  /** Ends it, also in the middle of its answer. */
  stop(refusal: Refusal): void;
}

export interface Call {
  request: Request;
  asked: Asked;
  /** With its query. */
  path: string;
  seat: number;
  generation: number;
}

/** From a request's first byte to its answer's last. */
export interface Life {
  abort: AbortController;
  /** What is to be done once it is over. */
  ends: (() => void)[];
  over(): void;
  /** The upstream said something. */
  heard(): void;
}
