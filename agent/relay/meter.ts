import { JsonKeys } from "./json-keys.ts";
import { NOTHING_USED, tokensIn, type Usage, usageOf } from "./usage.ts";

/** Reads what an answer used while its bytes pass. */
export interface Meter {
  push(bytes: Uint8Array): void;
  /** No more comes, whether the answer came to its own end or was cut. */
  end(): void;
}

/** @param model as the answer names it, once it does @param last all is told */
export type Used = (usage: Usage, model: string | undefined, last: boolean) => void;

/** A line of `message_start` or `message_delta` with its usage has about 1 kB; a longer one than this is text. */
const LINE_LIMIT = 64 * 1024;
/** Of the `usage` object of an answer that isn't streamed; the real one has about 500 bytes. */
const USAGE_LIMIT = 16 * 1024;
const MODEL_LIMIT = 1024;

/** What surrounds a piece of text in a stream. */
const AROUND_TEXT = 'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}'.length;
/** An answer's text is told while it comes, so often: each time is a write to the disk. What comes faster than any model is told by its length. */
const TOLD_MS = 200;
const TOLD_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;
const USAGE = Buffer.from('"usage"');
const DELTA = Buffer.from("content_block_delta");
/** Where a line says what it is: behind `data: {"type":"`. */
const TYPE_WITHIN = 64;

/** Of `text/event-stream`: usage begins with `message_start`, and what `message_delta` says later replaces it. */
export class StreamMeter implements Meter {
  readonly #used: Used;
  #usage = NOTHING_USED;
  #model: string | undefined;
  /** The beginning of a line whose end hasn't come. */
  #line: Uint8Array[] = [];
  #length = 0;
  #textBytes = 0;
  #toldBytes = 0;
  #toldAt = Date.now();
  #final = false;

  constructor(used: Used) {
    this.#used = used;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#add(bytes.subarray(from, end));
      this.#endLine();
      from = end + 1;
    }
    // The buffer may be used again after this call.
    if (from < bytes.length) this.#add(bytes.slice(from));
  }

  /** What a cut answer had said by then was made, and is paid: nobody counted it, so its length is taken. */
  end(): void {
    this.#endLine();
    if (!this.#final) this.#tellText(true);
  }

  #tellText(last: boolean): void {
    if (this.#model === undefined) return;
    this.#toldBytes = this.#textBytes;
    this.#toldAt = Date.now();
    const outputTokens = Math.max(this.#usage.outputTokens, tokensIn(this.#textBytes));
    this.#used({ ...this.#usage, outputTokens }, this.#model, last);
  }

  #add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length <= LINE_LIMIT) this.#line.push(bytes);
  }

  #endLine(): void {
    const [pieces, length] = [this.#line, this.#length];
    this.#line = [];
    this.#length = 0;
    if (length === 0) return;
    const line = pieces.length === 1 ? asBuffer(pieces[0]) : Buffer.concat(pieces);
    const head = line.subarray(0, TYPE_WITHIN);
    if (head.includes(DELTA)) {
      this.#textBytes += Math.max(0, length - AROUND_TEXT);
      if (this.#textBytes - this.#toldBytes >= TOLD_BYTES || Date.now() - this.#toldAt >= TOLD_MS) this.#tellText(false);
    } else if (length <= LINE_LIMIT && line.includes(USAGE)) this.#read(line.toString("utf8"));
  }

  #read(line: string): void {
    const event = parsed(line.replace(/^data:/, ""));
    if (event?.type === "message_start") {
      const { model, usage } = event.message ?? {};
      if (typeof model === "string") this.#model = model.slice(0, MODEL_LIMIT);
      this.#tell(usageOf(usage, NOTHING_USED));
    } else if (event?.type === "message_delta") {
      this.#final = true;
      this.#tell(usageOf(event.usage, this.#usage));
    }
  }

  #tell(usage: Usage): void {
    this.#usage = usage;
    this.#used(usage, this.#model, this.#final);
  }
}

/** Of `application/json`: `usage` and `model` of the object itself. */
export class AnswerMeter implements Meter {
  readonly #keys: JsonKeys;
  #readable = true;
  #model: string | undefined;
  #usage: Usage | undefined;

  constructor(private readonly used: Used) {
    this.#keys = new JsonKeys({ usage: USAGE_LIMIT, model: MODEL_LIMIT }, (key, value) => this.#take(key, value));
  }

  push(bytes: Uint8Array): void {
    if (!this.#readable) return;
    try {
      this.#keys.push(bytes);
    } catch {
      this.#readable = false;
    }
  }

  end(): void {
    if (this.#usage) this.used(this.#usage, this.#model, true);
  }

  #take(key: string, value: string): void {
    const read = parsed(value) as unknown;
    if (key === "model" && typeof read === "string") this.#model = read;
    if (key === "usage") this.#usage = usageOf(read, NOTHING_USED);
  }
}

interface StreamEvent {
  type?: unknown;
  message?: { model?: unknown; usage?: unknown };
  usage?: unknown;
}

function parsed(text: string): StreamEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? undefined : (value as StreamEvent);
  } catch {
    return undefined;
  }
}

const asBuffer = (bytes: Uint8Array | undefined): Buffer =>
  bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.alloc(0);
