import { type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";

/** Longest wait for an answer of the daemon: creating and starting under ten builds was seen to take 8 s. */
export const CALL_LIMIT_MS = 60_000;
/** The largest JSON answer taken: `/containers/json` of a hundred containers is 300 kB. */
const ANSWER_LIMIT = 16 * 1024 * 1024;

/** What Docker refused or failed to do. `status` is missing when the daemon didn't answer at all. */
export class DockerError extends Error {
  override readonly name = "DockerError";
  constructor(
    message: string,
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
  /** The daemon didn't answer. */
  get away(): boolean {
    return this.status === undefined;
  }
  /** The object isn't there. */
  get missing(): boolean {
    return this.status === 404;
  }
}

export interface Call {
  /** For the error: `start container "seat-04"`. */
  what: string;
  method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  path: string;
  query?: Record<string, string | number | boolean | object | undefined>;
  /** Sent as JSON, unless it is a stream, which is sent as it is. */
  body?: object | Readable;
  limitMs?: number;
  signal?: AbortSignal;
}

/**
 * One call to the Engine API over its unix socket. Not by `fetch`: its slots are shared by the whole process, and learners can hold them all.
 * @throws DockerError naming what was tried, on any answer but 2xx and 304, and when the limit passes
 */
export async function callDocker(socket: string, call: Call): Promise<IncomingMessage> {
  const answer = await send(socket, call);
  const status = answer.statusCode ?? 0;
  if ((status >= 200 && status < 300) || status === 304) return answer;
  const text = await textOf(answer).catch(() => "");
  throw new DockerError(`cannot ${call.what}: ${messageIn(text) || `Docker answered ${status}`}`, status);
}

/** The whole answer, as JSON; undefined when it is empty. */
export async function jsonOf<T>(answer: IncomingMessage): Promise<T> {
  const text = await textOf(answer);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Newline-separated JSON, as pulls, imports and events send it. Ends when the daemon ends it. */
export async function* jsonLinesOf<T>(answer: IncomingMessage): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of answer as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as T;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as T;
}

/** Path and query as Docker reads them: objects as JSON, `undefined` left out. */
export function pathOf(path: string, query: Call["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

function send(socket: string, call: Call): Promise<IncomingMessage> {
  const stream = call.body !== undefined && "pipe" in call.body ? (call.body as Readable) : undefined;
  const json = call.body === undefined || stream ? "" : JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    const headers = stream
      ? { "content-type": "application/x-tar" }
      : { "content-type": "application/json", "content-length": Buffer.byteLength(json) };
    const req = request({
      socketPath: socket,
      path: pathOf(call.path, call.query),
      method: call.method,
      headers: { host: "docker", ...headers },
    });
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      reject(new DockerError(`cannot ${call.what}: ${why}`, undefined, { cause }));
      req.destroy();
    };
    const limit = call.limitMs ?? CALL_LIMIT_MS;
    const timer = setTimeout(() => fail(`Docker did not answer within ${limit / 1000} s`), limit);
    call.signal?.addEventListener("abort", () => fail("given up", call.signal?.reason), { once: true });
    if (call.signal?.aborted) fail("given up", call.signal.reason);
    req.on("error", (error: NodeJS.ErrnoException) => fail(explain(error, socket), error));
    req.on("response", (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    if (stream) stream.on("error", (error) => fail(error.message, error)).pipe(req);
    else req.end(json);
  });
}

function explain(error: NodeJS.ErrnoException, socket: string): string {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED")
    return `no Docker daemon answers at "${socket}". Start it (systemctl start docker), or name its socket`;
  if (error.code === "EACCES") return `"${socket}" may not be opened by this user. Run the agent as root or in the group docker`;
  return error.message;
}

/** All of it, at most `ANSWER_LIMIT`. */
export async function textOf(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer) {
    size += piece.length;
    if (size > ANSWER_LIMIT) throw new DockerError(`Docker's answer is larger than ${ANSWER_LIMIT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Why Docker refused. A taken-over connection has the marks of its chunks around the JSON. */
export function messageIn(text: string): string {
  try {
    const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
    return (JSON.parse(json) as { message?: string }).message ?? text;
  } catch {
    return text.slice(0, 500);
  }
}
