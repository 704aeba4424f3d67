import type { AgentFrame } from "../contract/terminal.ts";
import type { Size } from "../seats/seat.ts";

/** One way to speak with a page. Frames in, frames out: it knows no socket, no shell and no clock. */
export interface Wire {
  /** The size of its terminal where the page says no hello: it opens at once. */
  readonly opensIn?: Size;
  /** What a frame of the page says. */
  hear(frame: string | Uint8Array): Heard;
  /** A frame of what the terminal printed; empty when nothing whole is there yet. */
  encode(output: Uint8Array): string | Uint8Array;
  /** The terminal is there: the first frame down. @param taken the last input known of this page @param viewers of the seat @param life of its shells */
  welcome(taken: number, viewers: number, life: string | undefined): AgentFrame | undefined;
  /** The frame that says how many look into the seat now, where it wants one. */
  viewers(count: number): AgentFrame | undefined;
  /** The frame that says that the seat's terminals changed, where it wants one. */
  terminals(): AgentFrame | undefined;
  /** The frame that says that a program of the seat uses its browser, where it wants one. */
  driven(): AgentFrame | undefined;
}

export type Heard =
  | { type: "hello"; client: string; size: Size }
  | { type: "resize"; size: Size }
  | { type: "ping" }
  /** For the shell. @param seq the page waits for its acknowledgement */
  | { type: "input"; bytes: Uint8Array; seq?: number }
  /** Input that came before, up to this number: acknowledged, not typed. */
  | { type: "again"; seq: number }
  /** No client of ours sends this. */
  | { type: "bad"; why: string };

export const bad = (why: string): Heard => ({ type: "bad", why });
