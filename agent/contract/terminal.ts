import { FewWords, OUTSIDE_LIMIT } from "./few-words.ts";

/**
 * The terminal's frames, for both ends.
 *
 * Plain clients speak JSON in text frames: `{type:"input",data}`, `{type:"resize",cols,rows}` up;
 * `{type:"output",data}`, `{type:"exit"}`, `{type:"ended"}` down.
 *
 * Our page offers the subprotocol `clarateach.v1`. There, output is binary as the terminal made it (UTF-8 may be cut anywhere), and
 * input is binary and numbered: the page keeps each piece until it is acknowledged and sends it again after a cut; the agent takes
 * each number of one client once. Control stays JSON in text frames. The first frame up is `hello`; the first down is `welcome`, which
 * names the last input taken, so that the page drops what arrived and resends the rest; and the `life` of the seat: when it isn't the one
 * for which the rest was typed, that shell is gone, and the page drops it all.
 */
export const TERMINAL_V1 = "clarateach.v1";

/** One input frame; a paste is cut into pieces of this size so that an acknowledgement is never far away. */
export const INPUT_LIMIT = 16 * 1024;

/** What the page holds of unacknowledged input before it says so and drops: 1 MiB is a paste of 20,000 lines. */
export const UNACKED_LIMIT = 1024 * 1024;

/**
 * A seat has terminals by name, each a session of its own: `WS /vm/NN/terminal?name=…`, made when it isn't there. Without a name it is
 * `MAIN`, which every seat has. `GET …/terminals` → `TerminalList`; `POST` makes one → 201 `SeatTerminal`; `PUT …/terminals/NAME
 * {title}` and `DELETE …/terminals/NAME` → 204.
 */
export const TERMINAL_NAME = /^[a-z0-9-]{1,20}$/;
export const MAIN = "main";

/** Each may hold a whole program of the learner's; more than eight tabs nobody finds anything in. */
export const TERMINALS_PER_SEAT = 8;

/** What people call a terminal: nothing that tmux's formats or a line's end would read as theirs. */
export const TERMINAL_TITLE = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,19}$/u;

export interface SeatTerminal {
  name: string;
  /** Its name, until somebody gave it another. */
  title: string;
  /** The program in it, where that isn't the waiting shell. */
  running?: string;
}

/** In the order in which they were made, `MAIN` first. */
export interface TerminalList {
  terminals: SeatTerminal[];
  limit: number;
}

export const TERMINAL_SIZE = { minCols: 2, maxCols: 1000, minRows: 1, maxRows: 500 } as const;

export type ClientFrame =
  | { type: "hello"; client: string; cols: number; rows: number }
  | { type: "resize"; cols: number; rows: number }
  | { type: "input"; data: string }
  /** Any time; answered by `pong`. A browser can't see the WebSocket's own pings, and a dead line looks like a quiet one. */
  | { type: "ping" };

export type AgentFrame =
  | { type: "welcome"; taken: number; viewers: number; life?: string }
  | { type: "ack"; seq: number }
  /** Pages that show this seat. */
  | { type: "viewers"; count: number }
  /** The seat's terminals are others than before, or are called otherwise: time to ask for the list. */
  | { type: "terminals" }
  /** A program of the seat, such as Claude, began to use its browser, or does so when the page comes. */
  | { type: "driven" }
  | { type: "pong" }
  | { type: "output"; data: string }
  | { type: "exit" }
  | { type: "ended" };

/** A page's own name for itself, the same for all its terminals: 16 lower-case hex digits, new at each load. */
export const CLIENT_ID = /^[0-9a-f]{16}$/;

/** Binary frame up: sequence number (uint32, big endian, from 1), then the bytes typed. */
export function encodeInput(seq: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, seq);
  frame.set(bytes, 4);
  return frame;
}

/** The reverse of `encodeInput`; undefined when the frame is too short, too long, or numbered 0. */
export function decodeInput(frame: Uint8Array): { seq: number; bytes: Uint8Array } | undefined {
  if (frame.length < 4 || frame.length > 4 + INPUT_LIMIT) return undefined;
  const seq = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0);
  return seq === 0 ? undefined : { seq, bytes: frame.subarray(4) };
}

/** A control frame from a learner: nothing in it is believed. Undefined for anything a client of ours doesn't send. */
export function parseClientFrame(text: string): ClientFrame | undefined {
  if (text.length > OUTSIDE_LIMIT && !new FewWords().take(new TextEncoder().encode(text))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const frame = value as Record<string, unknown>;
  if (frame.type === "ping") return { type: "ping" };
  if (frame.type === "input" && typeof frame.data === "string") return { type: "input", data: frame.data };
  if (!isSize(frame.cols, frame.rows)) return undefined;
  const size = { cols: frame.cols as number, rows: frame.rows as number };
  if (frame.type === "resize") return { type: "resize", ...size };
  if (frame.type === "hello" && typeof frame.client === "string" && CLIENT_ID.test(frame.client))
    return { type: "hello", client: frame.client, ...size };
  return undefined;
}

function isSize(cols: unknown, rows: unknown): boolean {
  const { minCols, maxCols, minRows, maxRows } = TERMINAL_SIZE;
  const within = (n: unknown, low: number, high: number) => Number.isInteger(n) && (n as number) >= low && (n as number) <= high;
  return within(cols, minCols, maxCols) && within(rows, minRows, maxRows);
}
