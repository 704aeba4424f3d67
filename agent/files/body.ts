import { Problem } from "../contract/errors.ts";
import { FewWords } from "../contract/few-words.ts";
import { EDITOR_LIMIT, PATH_LIMIT, UPLOAD_LIMIT } from "../contract/files.ts";
import { PIECE } from "./bytes.ts";
import { tooLarge } from "./saving.ts";
import { breathe } from "./turns.ts";

/** JSON of a file: twice its bytes is room for every line end and quote to be escaped. */
export const SAVE_BODY_LIMIT = 2 * EDITOR_LIMIT + PATH_LIMIT;

/** JSON of two paths, every byte of them escaped. */
export const DEED_BODY_LIMIT = 16 * PATH_LIMIT;

/** A JSON object. @throws Problem INVALID_INPUT for anything else, TOO_LARGE over `limit` bytes */
export async function bodyJson(request: Request, limit: number): Promise<Record<string, unknown>> {
  const pieces: Uint8Array[] = [];
  const words = new FewWords();
  let size = 0;
  for await (const piece of bodyPieces(request)) {
    size += piece.length;
    if (size > limit)
      throw new Problem("TOO_LARGE", `The request has more than ${limit} bytes: upload the file instead (PUT with "?raw").`);
    for (let at = 0; at < piece.length; at += PIECE) {
      if (at > 0) await breathe();
      if (!words.take(piece.subarray(at, at + PIECE)))
        throw new Problem("INVALID_INPUT", "The body holds more than the few fields that are known here.");
    }
    pieces.push(piece);
  }
  await breathe();
  const text = decode(Buffer.concat(pieces));
  await breathe();
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notJson();
  return value as Record<string, unknown>;
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

const notJson = (): Problem =>
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
