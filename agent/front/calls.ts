import { nobodyThere } from "./answers.ts";
import { bodyOf, isBodiless } from "./body-up.ts";
import type { Answer } from "./exchange.ts";
import { requestFields, responseHeaders } from "./headers.ts";
import type { Upstreams } from "./upstreams.ts";

/** Where a call goes: `upstream` is `127.0.0.1:PORT`, `path` begins with a slash and holds the query. */
export interface Target {
  upstream: string;
  path: string;
  /** The client's address. */
  client: string;
}

/** An answer of this length is in the client's socket at once, whether he reads or not. */
const SHORT = 64 * 1024;

/** Who takes an answer's bytes slowly counts all the while. One of the two is called, once. */
export interface Leave {
  /** Nothing of an answer is on its way. */
  now(): void;
  /** Bun carries it. */
  onceTaken(): void;
}

/** One HTTP call, streamed both ways as it comes: nothing is kept, unpacked or followed. */
export async function forward(request: Request, target: Target, leave: Leave, upstreams: Upstreams): Promise<Response> {
  try {
    const { status, fields, body } = await ask(request, target, upstreams);
    const headers = responseHeaders(fields);
    // Who was refused in the middle of a body may go on sending it, byte by byte: the connection isn't kept for that.
    if ((status < 200 || status > 299) && !isBodiless(request.method)) headers.set("connection", "close");
    if (isShort(body, headers)) leave.now();
    else leave.onceTaken();
    return new Response(asSaid(body, headers) as BodyInit | null, { status, headers });
  } catch (cause) {
    leave.now();
    return nobodyThere(request, cause);
  }
}

function ask(request: Request, { upstream, path, client }: Target, upstreams: Upstreams): Promise<Answer> {
  const { method, signal, headers } = request;
  return upstreams.ask(upstream, { method, path, fields: requestFields(headers, client), signal, body: bodyOf(request) });
}

/** Bytes of no type Bun calls a file, which browsers save instead of showing; of a stream it says nothing, as their server did. */
function asSaid(body: Answer["body"], headers: Headers): Answer["body"] {
  if (!(body instanceof Uint8Array) || headers.has("content-type")) return body;
  const start = (stream: ReadableStreamDefaultController<Uint8Array>) => {
    if (body.length > 0) stream.enqueue(body);
    stream.close();
  };
  return new ReadableStream({ start });
}

const isShort = (body: Answer["body"], headers: Headers): boolean =>
  !body || (body instanceof Uint8Array ? body.length : Number(headers.get("content-length") ?? SHORT + 1)) <= SHORT;
