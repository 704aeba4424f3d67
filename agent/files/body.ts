import { Problem } from "../contract/errors.ts";
import { FewWords } from "../contract/few-words.ts";
import { EDITOR_LIMIT, PATH_LIMIT, UPLOAD_LIMIT } from "../contract/files.ts";
import { PIECE } from "./bytes.ts";
import { LongString } from "./long-string.ts";
import { tooLarge } from "./saving.ts";
import { breathe } from "./turns.ts";

/** JSON of a file: twice its bytes is room for every line end and quote to be escaped. */
export const SAVE_BODY_LIMIT = 2 * EDITOR_LIMIT + PATH_LIMIT;

/** JSON of two paths, every byte of them escaped. */
export const DEED_BODY_LIMIT = 16 * PATH_LIMIT;

/** Longer strings are read piece by piece. */
const LONG = PIECE;

/** A JSON object; strings of its fields that are long are `LongString`s. @throws Problem INVALID_INPUT for anything else, TOO_LARGE over `limit` bytes */
export async function bodyJson(request: Request, limit: number): Promise<Record<string, unknown>> {
  const long: { from: number; to: number }[] = [];
  const bytes = await wholeBody(request, limit, (from, to) => void (to - from > LONG && long.push({ from, to })));
  const mark = crypto.randomUUID();
  const short = long.flatMap(({ from }, i) => [bytes.subarray(long[i - 1]?.to ?? 0, from), Buffer.from(`${mark}${i}`)]);
  const value = parse(decode(Buffer.concat([...short, bytes.subarray(long.at(-1)?.to ?? 0)])));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notJson();
  const strings = new Map(long.map(({ from, to }, i) => [`${mark}${i}`, new LongString(bytes.subarray(from, to))]));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, strings.get(field as string) ?? field]));
}

/**
 * Only when it is a few strings. Put together as it comes: to join 7 MB at the end is 30 ms in one turn, most of them for new memory.
 * @param onString where each lies, without its quotes
 */
async function wholeBody(request: Request, limit: number, onString: (from: number, to: number) => void): Promise<Buffer> {
  let whole = Buffer.allocUnsafeSlow(Math.min(limit, Number(request.headers.get("content-length")) || PIECE));
  const words = new FewWords(onString);
  let size = 0;
  for await (const piece of bodyPieces(request)) {
    if (size + piece.length > limit)
      throw new Problem("TOO_LARGE", `The request has more than ${limit} bytes: upload the file instead (PUT with "?raw").`);
    for (let at = 0; at < piece.length; at += PIECE) {
      await breathe();
      const part = piece.subarray(at, at + PIECE);
      if (!words.take(part)) throw new Problem("INVALID_INPUT", "The body holds more than the few fields that are known here.");
      if (size + part.length > whole.length) whole = grown(whole, size + part.length);
      whole.set(part, size);
      size += part.length;
    }
  }
  await breathe();
  return whole.subarray(0, size);
}

/** At least twice as large, so that a body of unknown length is copied a few times only. */
function grown(bytes: Buffer<ArrayBuffer>, size: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.max(size, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notJson();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

export const notJson = (): Problem =>
  new Problem("INVALID_INPUT", 'The body isn\'t a JSON object in UTF-8: send for example {"content": "…"}.');

/** As it arrives; nothing is read ahead. A client that leaves in the middle is an error, never an early end. */
export async function* bodyPieces(request: Request): AsyncGenerator<Uint8Array> {
  if (!request.body) return;
  try {
    for await (const piece of request.body) yield piece;
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The upload was cut off; nothing was changed.", { cause });
  }
}

/** Before a byte of it is read. */
export function refuseAnnounced(request: Request, shown: string): void {
  if (Number(request.headers.get("content-length") ?? 0) > UPLOAD_LIMIT) throw tooLarge(shown);
}
