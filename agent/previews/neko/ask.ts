import type { IncomingMessage } from "node:http";
import { ask as askOn } from "../../seats/calls/ask.ts";
import { connect, destroyOn } from "../../seats/calls/duplex.ts";
import type { SeatHandle } from "../../seats/seat.ts";

/** neko's answers have 1 KB. Whoever answers there may be a program of the learner's that never ends. */
const BODY_LIMIT = 16 * 1024;

export interface Ask {
  method: "GET" | "POST";
  /** Percent-encoded, with a leading slash. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: object;
}

/**
 * One short call of a program on the seat's localhost, which may be anybody's.
 * @param signal the deadline  @throws when nobody answers, not as HTTP does, or too much
 */
export async function ask(
  seat: SeatHandle,
  port: number,
  { method, path, headers = {}, body }: Ask,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  signal.throwIfAborted();
  const text = body === undefined ? null : JSON.stringify(body);
  const typed = text === null ? {} : { "content-type": "application/json" };
  const connection = await connect(seat, port);
  const done = destroyOn(signal, connection);
  try {
    const { message } = await askOn(connection, {
      ...{ method, path, body: text, length: Buffer.byteLength(text ?? "") },
      headers: Object.entries({ host: "localhost", ...typed, ...headers }),
    });
    return { status: message.statusCode ?? 0, body: await bodyOf(message) };
  } finally {
    done();
    connection.destroy();
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  let heard = 0;
  for await (const piece of message as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    heard += piece.length;
    if (heard > BODY_LIMIT) throw new Error("its answer has no end");
  }
  return Buffer.concat(pieces).toString();
}
