import { Problem } from "../contract/errors.ts";
import { FewWords } from "../contract/few-words.ts";
import { PATH_LIMIT } from "../contract/files.ts";
import { breathe } from "./turns.ts";

/** A save as JSON: a parser holds the loop for 8 ms then, if every character is escaped. What is larger is sent raw. */
export const JSON_SAVE_LIMIT = 1024 * 1024;

/** JSON of two paths, every byte of them escaped. */
export const PATHS_LIMIT = 16 * PATH_LIMIT;

/** A body may stand still this long at its beginning: a laptop changes from one network to another in less. */
const GRACE_MS = 60_000;

/** After that it has come at least this fast on average, in bytes a second: the worst line of a class is faster, and who stalls holds a slot. */
const SLOWEST = 16 * 1024;

/** A JSON object. @throws Problem INVALID_INPUT for anything else, TOO_LARGE over `limit` bytes */
export async function bodyJson(request: Request, limit: number): Promise<Record<string, unknown>> {
  const value = parse(await wholeBody(request, limit));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notJson();
  return value as Record<string, unknown>;
}

/** Only when it is a few strings. */
async function wholeBody(request: Request, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const words = new FewWords();
  let size = 0;
  for await (const piece of bodyPieces(request)) {
    size += piece.length;
    if (size > limit) throw jsonTooLarge(limit);
    if (!words.take(piece)) throw new Problem("INVALID_INPUT", "The body holds more than the few fields that are known here.");
    pieces.push(piece);
  }
  await breathe();
  return Buffer.concat(pieces);
}

export const jsonTooLarge = (limit: number): Problem =>
  new Problem(
    "TOO_LARGE",
    `The JSON has more than ${limit / 1024} KiB: send the file's bytes as they are instead, with PUT and "?raw" behind the path.`,
  );

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notJson();
  }
}

const notJson = (): Problem =>
  new Problem("INVALID_INPUT", 'The body isn\'t a JSON object in UTF-8: send for example {"content": "…"}.');

/**
 * As it arrives; nothing is read ahead. A client that leaves in the middle is an error, never an early end, and so is one that sends too
 * slowly to come to an end. @param graceMs shorter in tests
 */
export async function* bodyPieces(request: Request, graceMs = GRACE_MS): AsyncGenerator<Uint8Array> {
  if (!request.body) return;
  const reader = request.body.getReader();
  const began = performance.now();
  let size = 0;
  try {
    for (;;) {
      const left = graceMs + (size / SLOWEST) * 1000 - (performance.now() - began);
      const { done, value } = await within(left, reader.read());
      if (done) return;
      size += value.length;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, reading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(stalled()), Math.max(0, ms));
  try {
    return await Promise.race([reading, late.promise]);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("INVALID_INPUT", "The upload was cut off; nothing was changed.", { cause });
  } finally {
    clearTimeout(timer);
  }
}

const stalled = (): Problem =>
  new Problem("INVALID_INPUT", "The upload came too slowly to end, so it was given up; nothing was changed. Send it again.");
