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

/** Who takes an answer's bytes slowly holds a slot of `fetch` all the while. One of the two is called, once. */
export interface Leave {
  /** Nothing of an answer is on its way. */
  now(): void;
  /** Bun carries it. */
  onceTaken(): void;
}

/** One HTTP call, streamed both ways as it comes: nothing is kept, unpacked or followed. */
export async function forward(request: Request, { upstream, path, client }: Target, leave: Leave): Promise<Response> {
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
    if (isShort(answer)) leave.now();
    else leave.onceTaken();
    return new Response(answer.body, { status: answer.status, headers });
  } catch (cause) {
    leave.now();
    return nobodyThere(request, cause);
  }
}

const isShort = ({ body, headers }: Response): boolean => !body || Number(headers.get("content-length") ?? SHORT + 1) <= SHORT;
