import { JsonKeys } from "./json-keys.ts";

/** What one answer used. Cached writes of an hour are among the cached writes. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheWriteTokens: number;
  cacheWriteHourTokens: number;
  cacheReadTokens: number;
  webSearches: number;
  /** Made faster, for more money. */
  fast: boolean;
}

export const NOTHING_USED: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  cacheReadTokens: 0,
  webSearches: 0,
  fast: false,
};

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
/** Of English and code; only for what nobody counted. */
const BYTES_A_TOKEN = 4;
/** An answer's text is told while it comes, so often: each time is a write to the disk. What comes faster than any model is told by its length. */
const TOLD_MS = 200;
const TOLD_BYTES = 1024 * 1024;

/** Of a request that nobody waited for: most are no longer than this, and pictures in it are many more bytes than tokens. */
const MOST_GUESSED = 50_000;
const TOKENS_A_SECOND = 50;

/** What a request may have used that was given up before its answer told. @param bytes of its body @param ms that it waited for */
export const guessed = (bytes: number, ms: number): Usage => ({
  ...NOTHING_USED,
  inputTokens: Math.min(MOST_GUESSED, Math.ceil(bytes / BYTES_A_TOKEN)),
  outputTokens: Math.min(MOST_GUESSED, Math.floor((ms / 1000) * TOKENS_A_SECOND)),
});

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
    const outputTokens = Math.max(this.#usage.outputTokens, Math.ceil(this.#textBytes / BYTES_A_TOKEN));
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

/** Numbers that are named and above 0 replace those before: a `message_delta` counts from the answer's beginning. */
function usageOf(found: unknown, before: Usage): Usage {
  const usage = withIterations(isObject(found) ? found : {});
  const creation = isObject(usage.cache_creation) ? usage.cache_creation : {};
  const tools = isObject(usage.server_tool_use) ? usage.server_tool_use : {};
  return {
    inputTokens: count(usage.input_tokens) || before.inputTokens,
    outputTokens: count(usage.output_tokens) || before.outputTokens,
    cacheWriteTokens: count(usage.cache_creation_input_tokens) || before.cacheWriteTokens,
    cacheWriteHourTokens: count(creation.ephemeral_1h_input_tokens) || before.cacheWriteHourTokens,
    cacheReadTokens: count(usage.cache_read_input_tokens) || before.cacheReadTokens,
    webSearches: count(tools.web_search_requests) || before.webSearches,
    fast: usage.speed === "fast" || before.fast,
  };
}

const TOKEN_FIELDS = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];

/** An answer that shortened its conversation on the way was asked in several steps, which are all paid; the sums beside are the last step's. */
function withIterations(usage: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(usage.iterations)) return usage;
  const steps = usage.iterations.filter(isObject);
  const sum = (field: string) => steps.reduce((all, step) => all + count(step[field]), 0);
  return { ...usage, ...Object.fromEntries(TOKEN_FIELDS.map((field) => [field, Math.max(count(usage[field]), sum(field))])) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** More than this in one answer is no count of tokens. */
const MOST_TOKENS = 1e9;
const count = (value: unknown): number => (typeof value === "number" && value > 0 && value < MOST_TOKENS ? Math.floor(value) : 0);

const asBuffer = (bytes: Uint8Array | undefined): Buffer =>
  bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.alloc(0);
