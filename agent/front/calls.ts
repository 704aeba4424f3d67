import { nobodyThere } from "./answers.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";

/** Where a call goes: `upstream` is `127.0.0.1:PORT`, `path` begins with a slash and holds the query. */
export interface Target {
  upstream: string;
  path: string;
  /** The client's address. */
  client: string;
}

/** An answer of this length is in the client's socket at once, whether he reads or not. */
const SHORT = 64 * 1024;

/**
 * One HTTP call, streamed both ways as it comes: nothing is kept, unpacked or followed.
 * @param over called once nothing of the answer is on its way any more: who takes its bytes slowly holds a slot of `fetch` all the while
 */
export async function forward(request: Request, { upstream, path, client }: Target, over: () => void): Promise<Response> {
  const bodiless = request.method === "GET" || request.method === "HEAD";
  try {
    const answer = await fetch(`http://${upstream}${path}`, {
      method: request.method,
      headers: requestHeaders(request.headers, client),
      body: bodiless ? null : request.body,
      redirect: "manual",
      decompress: false,
      signal: request.signal,
      // How long an answer may take is its server's business.
      timeout: false,
    } as RequestInit);
    const headers = responseHeaders(answer.headers);
    // Who was refused in the middle of a body may go on sending it, byte by byte: the connection isn't kept for that.
    if (!answer.ok && !bodiless) headers.set("connection", "close");
    return new Response(watched(answer, request.signal, over), { status: answer.status, headers });
  } catch (cause) {
    over();
    return nobodyThere(request, cause);
  }
}

/** The answer's body. A long one is sent without its length: Bun does so with whatever passes through our hands. */
function watched({ body, headers }: Response, signal: AbortSignal, over: () => void): BodyInit | null {
  if (!body || Number(headers.get("content-length") ?? SHORT + 1) <= SHORT) {
    over();
    return body;
  }
  // Of a client that leaves while nothing is taken the pieces hear nothing.
  signal.addEventListener("abort", over, { once: true });
  if (signal.aborted) over();
  return piecesOf(body, over) as unknown as BodyInit;
}

async function* piecesOf(body: ReadableStream<Uint8Array>, over: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    over();
  }
}
