import { Problem } from "../contract/errors.ts";
import { notJson } from "./body.ts";
import { LongString } from "./long-string.ts";

/** A quarter of base64's alphabet stands for three bytes. */
const QUAD = 4;

/** The bytes that a save's JSON says. @throws Problem INVALID_INPUT naming the field that is wrong; of a long one while they are taken */
export async function contentOf({ content, encoding = "utf-8" }: Record<string, unknown>): Promise<Pieces> {
  if (typeof content !== "string" && !(content instanceof LongString))
    throw new Problem("INVALID_INPUT", 'The field "content" is missing: it holds the file as a string.');
  const decode = DECODERS.get(encoding);
  if (!decode)
    throw new Problem(
      "INVALID_INPUT",
      `The field "encoding" is ${JSON.stringify(encoding)?.slice(0, 40)}: use "utf-8" or "base64".`,
    );
  const bytes = decode(piecesOf(content));
  return typeof content === "string" ? Array.fromAsync(bytes) : bytes;
}

export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const DECODERS = new Map<unknown, (text: AsyncIterable<string>) => AsyncGenerator<Uint8Array>>([
  ["utf-8", utf8],
  ["base64", base64],
]);

async function* piecesOf(content: string | LongString): AsyncGenerator<string> {
  if (typeof content === "string") yield content;
  else {
    try {
      yield* content.text();
    } catch {
      throw notJson();
    }
  }
}

async function* utf8(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of text) {
    if (!piece.isWellFormed()) throw wrong("utf-8");
    yield Buffer.from(piece);
  }
}

async function* base64(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let rest = "";
  for await (const piece of text) {
    // Only the very end is filled up.
    if (rest.includes("=") || !/^[A-Za-z0-9+/]*={0,2}$/.test(rest + piece)) throw wrong("base64");
    const whole = rest + piece;
    // The last quad waits: what comes behind it decides whether it may be filled up.
    const end = Math.max(0, Math.floor((whole.length - 1) / QUAD) * QUAD);
    yield Buffer.from(whole.slice(0, end), "base64");
    rest = whole.slice(end);
  }
  if (rest.length % QUAD !== 0) throw wrong("base64");
  yield Buffer.from(rest, "base64");
}

const wrong = (encoding: string): Problem => new Problem("INVALID_INPUT", `The field "content" isn't valid ${encoding}.`);
