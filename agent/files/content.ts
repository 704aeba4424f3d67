import { Problem } from "../contract/errors.ts";

/** A quarter of base64's alphabet stands for three bytes. */
const QUAD = 4;

/** The bytes that a save's JSON says. @throws Problem INVALID_INPUT naming the field that is wrong */
export function contentOf({ content, encoding = "utf-8" }: Record<string, unknown>): Buffer {
  if (typeof content !== "string")
    throw new Problem("INVALID_INPUT", 'The field "content" is missing: it holds the file as a string.');
  const decode = DECODERS.get(encoding);
  if (!decode)
    throw new Problem(
      "INVALID_INPUT",
      `The field "encoding" is ${JSON.stringify(encoding)?.slice(0, 40)}: use "utf-8" or "base64".`,
    );
  const bytes = decode(content);
  if (!bytes) throw new Problem("INVALID_INPUT", `The field "content" isn't valid ${encoding}.`);
  return bytes;
}

/** Undefined: it isn't in that encoding. */
const DECODERS = new Map<unknown, (text: string) => Buffer | undefined>([
  ["utf-8", (text) => (text.isWellFormed() ? Buffer.from(text) : undefined)],
  ["base64", (text) => (isBase64(text) ? Buffer.from(text, "base64") : undefined)],
]);

const isBase64 = (text: string): boolean => text.length % QUAD === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
