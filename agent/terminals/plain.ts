import { parseClientFrame } from "../contract/terminal.ts";
import type { Viewer, Wire } from "./viewer.ts";

/** One input of a plain client: as much as a page of ours may have on the way. */
const PLAIN_INPUT_LIMIT = 1024 * 1024;

/** The size of a terminal whose client hasn't said its own yet. */
const DEFAULT_SIZE = { cols: 80, rows: 24 };

/** The seeds' protocol: JSON in text frames. A cut loses what was on the way. */
export function plainWire(viewer: Viewer): Wire {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  queueMicrotask(() => void viewer.attach(DEFAULT_SIZE));
  return {
    message(data) {
      const frame = typeof data === "string" ? parseClientFrame(data) : undefined;
      if (!frame || frame.type === "hello") return viewer.badFrame("a plain terminal takes input and resize as JSON text");
      if (frame.type === "resize") return viewer.resize(frame);
      if (frame.type === "ping") return viewer.note({ type: "pong" });
      if (frame.data.length > PLAIN_INPUT_LIMIT) return viewer.badFrame(`input of more than ${PLAIN_INPUT_LIMIT} characters`);
      viewer.type(encoder.encode(frame.data));
    },
    encode(output) {
      const data = decoder.decode(output, { stream: true });
      return data === "" ? "" : JSON.stringify({ type: "output", data });
    },
    attached() {},
    viewers() {},
    closed() {},
  };
}
