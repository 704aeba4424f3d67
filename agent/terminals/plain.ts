import { parseClientFrame } from "../contract/terminal.ts";
import { bad, type Heard, type Wire } from "./wire.ts";

/** One input of a plain client: as much as a page of ours may have on the way. */
const PLAIN_INPUT_LIMIT = 1024 * 1024;

/** The size of a terminal whose client hasn't said its own yet. */
const DEFAULT_SIZE = { cols: 80, rows: 24 };

/** What plain clients speak: JSON in text frames. A cut loses what was on the way. */
export class PlainWire implements Wire {
  readonly opensIn = DEFAULT_SIZE;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  hear(text: string | Uint8Array): Heard {
    const frame = typeof text === "string" ? parseClientFrame(text) : undefined;
    if (!frame || frame.type === "hello") return bad("a plain terminal takes input and resize as JSON text");
    if (frame.type === "resize") return { type: "resize", size: { cols: frame.cols, rows: frame.rows } };
    if (frame.type === "ping") return frame;
    if (frame.data.length > PLAIN_INPUT_LIMIT) return bad(`input of more than ${PLAIN_INPUT_LIMIT} characters`);
    return { type: "input", bytes: this.#encoder.encode(frame.data) };
  }

  encode(output: Uint8Array): string {
    const data = this.#decoder.decode(output, { stream: true });
    return data === "" ? "" : JSON.stringify({ type: "output", data });
  }

  welcome(): undefined {}

  viewers(): undefined {}

  terminals(): undefined {}

  driven(): undefined {}
}
