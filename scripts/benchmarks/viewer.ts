import { encodeInput, TERMINAL_V1 } from "../../agent/contract/terminal.ts";
import type { Learner } from "../../test/support/learner.ts";
import { type Output, openOutput } from "./output.ts";

/** A page's terminal without a page: `clarateach.v1`, bytes counted and searched, never kept. */
export interface Viewer {
  type(bytes: Uint8Array | string): void;
  sees: Output["sees"];
  received: Output["received"];
  pause(): void;
  resume(): void;
  close(): void;
}

const encoder = new TextEncoder();

export async function openViewer(learner: Learner, size = { cols: 120, rows: 40 }): Promise<Viewer> {
  const headers = { authorization: `Bearer ${learner.token}` };
  const options = { headers, protocols: [TERMINAL_V1] };
  const socket = new WebSocket(`${learner.base.replace("http", "ws")}${learner.path}/terminal`, options as unknown as string[]);
  socket.binaryType = "arraybuffer";
  let seq = 0;
  const output = openOutput();
  const ready = Promise.withResolvers<void>();
  socket.onerror = () => ready.reject(new Error(`no terminal for seat ${learner.seat}`));
  socket.onopen = () => {
    const client = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
    socket.send(JSON.stringify({ type: "hello", client, ...size }));
  };
  socket.onmessage = (event) => {
    if (typeof event.data !== "string") output.take(new Uint8Array(event.data as ArrayBuffer));
    else if (event.data.includes('"welcome"')) ready.resolve();
  };
  await ready.promise;
  const flow = socket as unknown as { pause(): void; resume(): void };
  return {
    type: (bytes) => socket.send(encodeInput(++seq, typeof bytes === "string" ? encoder.encode(bytes) : bytes)),
    sees: output.sees,
    received: output.received,
    pause: () => flow.pause(),
    resume: () => flow.resume(),
    close: () => socket.close(),
  };
}

/** Keystrokes that readline and `cat` echo as they are; wide apart so that one is never part of a redraw of another. */
export const KEYS = "qwzxkj";
