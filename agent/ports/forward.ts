import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { bodyLength } from "../contract/body-length.ts";
import { Problem } from "../contract/errors.ts";
import { ask } from "../seats/calls/ask.ts";
import { destroyOn } from "../seats/calls/duplex.ts";
import { headersDown } from "./headers-down.ts";
import { headersUp } from "./headers-up.ts";
import type { Place } from "./place.ts";

/** Those with which nothing can be done here: a tunnel to somewhere, and an echo of what was sent. */
const METHODS_REFUSED = /^(?:CONNECT|TRACE)$/i;
/** Of these the standard says that no body follows. */
const BODILESS = new Set([204, 205, 304]);

/** Of an answer's head: each is compared with those before it. Servers send a dozen or two. */
export const FIELDS_MOST = 200;

export interface Forward {
  place: Place;
  /** To her server. */
  dial(): Promise<Duplex>;
  /** It is over for whom it was sent. */
  signal: AbortSignal;
  /** Called once, when nothing of a call that was dialled is on its way any more. */
  over(): void;
}

/** One HTTP call to a learner's server, streamed both ways as it comes. @throws Problem UNAVAILABLE when it gives no answer that can be read */
export async function forward(request: Request, { place, dial, signal, over }: Forward): Promise<Response> {
  if (METHODS_REFUSED.test(request.method))
    throw new Problem("INVALID_INPUT", `${request.method.toUpperCase()} isn't passed on to a learner's server.`);
  const url = new URL(request.url);
  const connection = (await dial()).on("close", over);
  destroyOn(signal, connection);
  try {
    const { message } = await ask(connection, {
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: headersUp(request.headers, place),
      body: request.body as ReadableStream<Uint8Array> | null,
      length: bodyLength(request.headers),
    });
    return answerOf(message, connection, request.method, place);
  } catch (cause) {
    connection.destroy();
    if (cause instanceof Problem) throw cause;
    throw unreadable(place, cause);
  }
}

function answerOf(message: IncomingMessage, connection: Duplex, method: string, place: Place): Response {
  const status = message.statusCode ?? 0;
  if (status < 200 || status > 599) throw unreadable(place, new Error(`it answered with status ${status}`));
  if (message.rawHeaders.length > 2 * FIELDS_MOST) throw unreadable(place, new Error(`it has more than ${FIELDS_MOST} fields`));
  const headers = headersDown(message.rawHeaders, place);
  if (method !== "HEAD" && !BODILESS.has(status)) return new Response(piecesOf(message, connection), { status, headers });
  // What follows nonetheless may have no end, and nobody waits for it.
  connection.destroy();
  // There is no body to count, and 0 would be a lie.
  const length = message.headers["content-length"];
  if (method === "HEAD" && !BODILESS.has(status) && length !== undefined) headers.set("content-length", length);
  return new Response(null, { status, headers });
}

/** What is cut on its way breaks off for the browser too: a beginning must not look like the whole. */
async function* pieces(message: IncomingMessage, connection: Duplex): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of message as AsyncIterable<Uint8Array>) yield bytes;
  } catch (cause) {
    throw new Problem("UNAVAILABLE", "The learner's server broke off its answer.", { cause });
  } finally {
    // Once it is whole the message lets go of it, and her server may keep it.
    connection.destroy();
  }
}
const piecesOf = (...from: Parameters<typeof pieces>): BodyInit => pieces(...from) as unknown as BodyInit;

function unreadable({ port }: Place, cause: unknown): Problem {
  return new Problem(
    "UNAVAILABLE",
    `What listens on port ${port} of your seat gave no answer that a browser can read. Look at what your server says in the terminal.`,
    { cause },
  );
}
