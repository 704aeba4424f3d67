import type { Field } from "./headers.ts";

/** More of an answer's head is nobody's: browsers themselves take 256 KiB, Node 16 KiB, Bun's server sends what it was given. */
export const HEAD_LIMIT = 64 * 1024;
/** Each is compared with those before it. Servers send a dozen or two, and what comes from a learner's has 200 at most. */
export const FIELDS_MOST = 256;
const HEAD_END = "\r\n\r\n";

/** How the bytes after a head are counted (RFC 9112 §6.3). `rest`: until the connection's end. */
export type Framing = { by: "none" } | { by: "chunks" } | { by: "rest" } | { by: "length"; bytes: number };

export interface AnswerHead {
  status: number;
  fields: Field[];
  framing: Framing;
  /** Another call may follow on this connection. */
  keeps: boolean;
}

/** Bytes as they come, until they are a head. */
export class HeadBytes {
  #came: Buffer | undefined;
  #length = 0;

  /** @returns the head without its end, and what came after it; undefined: more has to come. @throws when it is too long */
  take(piece: Buffer): { text: string; after: Buffer } | undefined {
    const end = this.#came ? -1 : piece.indexOf(HEAD_END);
    if (end >= 0 && end <= HEAD_LIMIT)
      return { text: piece.toString("latin1", 0, end), after: piece.subarray(end + HEAD_END.length) };
    return this.#collect(piece);
  }

  /** Linear in what comes, however small its pieces are. */
  #collect(piece: Buffer): { text: string; after: Buffer } | undefined {
    this.#came ??= Buffer.alloc(HEAD_LIMIT);
    const before = this.#length;
    this.#length += piece.copy(this.#came, before);
    const end = this.#came.subarray(0, this.#length).indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
    if (end >= 0) return { text: this.#came.toString("latin1", 0, end), after: piece.subarray(end + HEAD_END.length - before) };
    if (this.#length === HEAD_LIMIT) throw new Error(`the head of its answer is longer than ${HEAD_LIMIT} bytes`);
    return undefined;
  }
}

const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const SAYS_CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
/** In one line, and in bytes. */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @param text without the empty line at its end. @throws when two readers might understand it differently */
export function readHead(text: string, method: string): AnswerHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, code] = STATUS.exec(first) ?? [];
  if (!code) throw new Error("its answer doesn't begin as HTTP/1.1 does");
  if (lines.length > FIELDS_MOST) throw new Error(`the head of its answer has more than ${FIELDS_MOST} fields`);
  const fields: Field[] = [];
  const lengths: string[] = [];
  const codings: string[] = [];
  let isClosed = false;
  for (const line of lines) {
    const [name, value] = field(line);
    if (name === "content-length") lengths.push(value);
    else if (name === "transfer-encoding") codings.push(value.toLowerCase());
    else if (name === "connection") isClosed ||= SAYS_CLOSE.test(value);
    fields.push([name, value]);
  }
  const status = Number(code);
  const counted = framing(lengths, codings, minor === "1");
  const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const keeps = minor === "1" && !isClosed && (bodiless || counted.by !== "rest");
  return { status, fields, framing: bodiless ? { by: "none" } : counted, keeps };
}

/** A line that goes on from the one before begins with a space, which no name does. */
function field(line: string): [string, string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  const value = line.slice(colon + 1);
  if (!NAME.test(name) || !FIELD_VALUE.test(value)) throw new Error("a header of its answer isn't one");
  return [name.toLowerCase(), trimmed(value)];
}

/** Of spaces and tabs alone: `trim` takes more, a pattern may take long. */
function trimmed(value: string): string {
  const isBlank = (at: number) => value[at] === " " || value[at] === "\t";
  let [from, to] = [0, value.length];
  while (from < to && isBlank(from)) from += 1;
  while (to > from && isBlank(to - 1)) to -= 1;
  return value.slice(from, to);
}

/** Whose length is said twice, or in two ways, is read by others with another end. */
function framing(lengths: string[], codings: string[], isNew: boolean): Framing {
  if (lengths.length + codings.length > 1) throw new Error("the length of its answer is said twice");
  const [length] = lengths;
  const [coding] = codings;
  if (coding !== undefined && (coding !== "chunked" || !isNew))
    throw new Error("its answer has a transfer coding that isn't known here");
  if (coding !== undefined) return { by: "chunks" };
  if (length === undefined) return { by: "rest" };
  if (!/^\d{1,15}$/.test(length)) throw new Error("the length of its answer isn't a number");
  return { by: "length", bytes: Number(length) };
}
