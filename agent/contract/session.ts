import type { LlmOwn } from "./llm.ts";

/** `GET /vm/NN/session`: who and where I am. */
export interface SessionInfo {
  workshop: { id: string; name: string };
  seat: number;
  /** The learner's reconnect code. */
  odehash: string;
  /** What the learner typed when joining; may be empty. */
  name: string;
  /** ISO 8601, UTC; the clock of the machine as `now` lets the page count without trusting its own. */
  endsAt: string;
  now: string;
  status: "ready" | "pending" | "error";
  features: {
    preview: PreviewFeature;
    /** `none`: the seat is a plain process of the person who started ClaraTeach (runtime `process`). */
    isolation: "none" | "container";
  };
  /** Where one goes to come back: the join page of the gateway. */
  joinUrl: string;
  /** What this seat used of the class's key for Claude. */
  llm?: LlmOwn;
}

/** At the end of the address of who comes back by typing her reconnect code: she has it, and isn't shown it again. Never sent to a server. */
export const CODE_KNOWN = "#back";

export type PreviewFeature = { available: true } | { available: false; reason: string; fix: string };
