import type { LlmOwn } from "./llm.ts";
import type { PortsFeature } from "./ports.ts";

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
    /** Missing: an older agent. */
    ports?: PortsFeature;
  };
  /** Where one goes to come back: the join page of the gateway. */
  joinUrl: string;
  /** What this seat used of the class's key for Claude. */
  llm?: LlmOwn;
}

/** At the end of the address of who comes back by typing her reconnect code: she has it, and isn't shown it again. Never sent to a server. */
export const CODE_KNOWN = "#back";

/** A way to see the seat's browser: `neko` by WebRTC (`WS /vm/NN/browser`), `vnc` by pictures over the WebSocket (`WS /vm/NN/vnc`). */
export type PreviewViewer = "neko" | "vnc";

export type PreviewFeature =
  | {
      available: true;
      /** The best first. Missing: `vnc` alone, from an agent that knew no other. */
      viewers?: readonly PreviewViewer[];
      /** Why `neko` isn't among them though it was asked for, a sentence. */
      neko?: string;
    }
  | { available: false; reason: string; fix: string };
