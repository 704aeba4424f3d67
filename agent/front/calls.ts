import { nobodyThere } from "./answers.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";

/** Where a call goes: `upstream` is `127.0.0.1:PORT`, `path` begins with a slash and holds the query. */
export interface Target {
  upstream: string;
  path: string;
  /** The client's address. */
  client: string;
}

/** One HTTP call, streamed both ways as it comes: nothing is kept, unpacked or followed. */
export async function forward(request: Request, { upstream, path, client }: Target): Promise<Response> {
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
    return new Response(answer.body, { status: answer.status, headers });
  } catch (cause) {
    return nobodyThere(request, cause);
  }
}
