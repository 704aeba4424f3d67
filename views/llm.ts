/** Claude in a class as everybody is shown it. Money is US dollars; moments are ISO 8601 in UTC. */

/** Integers, counted since the workshop began. Requests: those that went to the upstream, also the ones sent again. */
export interface LlmUse {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  /** Null: a model was used whose price isn't known. */
  usd: number | null;
}

/** `limited`: the upstream asks to wait. `refused`: it doesn't take the key. */
export type LlmTrouble = "no-key" | "refused" | "unreachable" | "limited" | "no-credit";

export interface LlmView extends LlmUse {
  /** Trouble before a pause: whoever lets Claude go on wants to know. */
  state: "ok" | "paused" | LlmTrouble;
  /** What the upstream said, or why it isn't reached. */
  message?: string;
  /** Null: all. */
  models: string[] | null;
  /** Of every seat that has none of its own. */
  seatUsd: number;
  /** Null: the class has no cap. */
  workshopUsd: number | null;
  /** All that the class may use is used. */
  usedUp: boolean;
  paused: boolean;
  /** What the CLI may do without asking. */
  permissions: "ask" | "edits" | "everything";
  /** How the sealed key did when it was tried; machines that run know better. */
  trial?: KeyTrial;
  seats: LlmSeatView[];
}

export interface LlmSeatView extends LlmUse {
  seat: number;
  /** By itself; a pause of everybody is the view's. */
  paused: boolean;
  limitUsd: number;
  /** All that this seat may use is used. */
  usedUp: boolean;
}

/** One short call to the upstream, which costs nothing. `unknown`: it answered something that tells nothing of the key. */
export interface KeyTrial {
  is: "good" | "refused" | "unreachable" | "unknown";
  at: string;
  /** What was answered, or why nothing was. */
  said: string;
}

/** What one seat used, or all of them. */
export interface LlmReceipt extends LlmUse {
  seats: ({ seat: number } & LlmUse)[];
}
