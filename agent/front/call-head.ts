import { FIELD_VALUE } from "./answer-head.ts";
import { type Body, isBodiless } from "./body-up.ts";
import type { Field } from "./headers.ts";

/** One call of a server behind. */
export interface Asked {
  method: string;
  /** Begins with a slash, holds the query. */
  path: string;
  /** What they say of the body's length isn't believed. */
  fields: readonly Field[];
  body?: Body | undefined;
  /** The client left. */
  signal: AbortSignal;
}

/** The front says them itself: the framing is its own. */
const OF_BODIES: ReadonlySet<string> = new Set(["content-length", "expect"]);

/** @throws when something in it could end its line */
export function written({ method, path, fields, body }: Asked): Buffer {
  if (!/^[A-Z-]+$/.test(method)) throw new Error("there is no such call");
  if (!/^\/[!-~]*$/.test(path)) throw new Error("an address with such letters can't be asked for");
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of fields) {
    if (!FIELD_VALUE.test(value)) throw new Error(`a header with such letters as in "${name}" can't be sent`);
    if (!OF_BODIES.has(name)) text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}${framing(method, body)}\r\n`, "latin1");
}

function framing(method: string, body: Body | undefined): string {
  if (!body) return isBodiless(method) ? "" : "content-length: 0\r\n";
  return body.bytes === undefined ? "transfer-encoding: chunked\r\n" : `content-length: ${body.bytes}\r\n`;
}
