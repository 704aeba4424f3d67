import type { SeatHandle, SeatSocket } from "../../seats/seat.ts";

/** neko's answers have 1 KB. Whoever answers there may be a program of the learner's that never ends. */
const HEAD_LIMIT = 16 * 1024;
const BODY_LIMIT = 16 * 1024;

export interface Ask {
  method: "GET" | "POST";
  /** Percent-encoded, with a leading slash. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: object;
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/**
 * One call of a program on the seat's localhost, which may be anybody's: not by `fetch`, whose ways are few and shared by all seats.
 * @param signal the deadline  @throws when nobody answers, not as HTTP does, or too much
 */
export async function ask(
  seat: SeatHandle,
  port: number,
  call: Ask,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const { socket, answer, go } = await begin(seat, port, { ...call, headers: { connection: "close", ...call.headers } }, signal);
  try {
    const bytes = await bodyOf(socket, answer, go, signal);
    return { status: answer.status, body: bytes.toString() };
  } finally {
    socket.close();
  }
}

/** A call whose answer's head has come. */
export interface Begun {
  socket: SeatSocket;
  answer: Answer;
  /** What follows the head goes to `take` from now on. Called at once, or bytes are held without a limit. */
  go(take: (bytes: Uint8Array) => void): void;
}

/** As `ask`, to the end of the answer's head; the socket is the caller's then. */
export async function begin(seat: SeatHandle, port: number, call: Ask, signal: AbortSignal): Promise<Begun> {
  signal.throwIfAborted();
  const socket = await seat.dial(port);
  try {
    const head = headOf(socket, signal);
    const request = requestOf(call);
    if (socket.write(request) !== request.length) throw new Error("it takes no call");
    return { socket, ...(await head) };
  } catch (error) {
    socket.close();
    throw error;
  }
}

function requestOf({ method, path, headers = {}, body }: Ask): Buffer {
  const text = body === undefined ? "" : JSON.stringify(body);
  const lines = Object.entries({
    host: "localhost",
    ...(body !== undefined && { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${text}`);
}

function headOf(socket: SeatSocket, signal: AbortSignal): Promise<Omit<Begun, "socket">> {
  const { promise, resolve, reject } = Promise.withResolvers<Omit<Begun, "socket">>();
  let heard = Buffer.alloc(0);
  let take: ((bytes: Uint8Array) => void) | undefined;
  const go = (rest: Buffer) => (taker: (bytes: Uint8Array) => void) => {
    take = taker;
    if (rest.length > 0) take(rest);
  };
  socket.onData((bytes) => {
    if (take) return take(bytes);
    heard = Buffer.concat([heard, bytes]);
    const end = heard.indexOf("\r\n\r\n");
    if (end > HEAD_LIMIT || (end === -1 && heard.length > HEAD_LIMIT)) return reject(new Error("its answer has no end"));
    const answer = end === -1 ? undefined : answerIn(heard.toString("latin1", 0, end));
    if (answer) resolve({ answer, go: go(heard.subarray(end + 4)) });
    else if (end !== -1) reject(new Error("it doesn't answer by HTTP"));
  });
  void socket.closed.then(() => reject(new Error("it hung up")));
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  // The call itself may fail first.
  promise.catch(() => {});
  return promise;
}

function answerIn(head: string): Answer | undefined {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(status), headers: new Map(headers) };
}

/** To the length that was announced, or to the connection's end. */
function bodyOf(socket: SeatSocket, { headers }: Answer, go: Begun["go"], signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const length = Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY);
  const isChunked = headers.get("transfer-encoding")?.toLowerCase() === "chunked";
  let heard = Buffer.alloc(0);
  const end = () => resolve(isChunked ? unchunked(heard) : heard);
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  void socket.closed.then(end);
  go((bytes) => {
    heard = Buffer.concat([heard, bytes]);
    if (heard.length > BODY_LIMIT) reject(new Error("its answer has no end"));
    else if (heard.length >= length) resolve(heard.subarray(0, length));
    else if (isChunked && heard.includes("\r\n0\r\n\r\n")) end();
  });
  if (length === 0) end();
  return promise;
}

/** What is cut off in the middle is missing its end. */
function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = body.indexOf("\r\n", at);
    const size = line === -1 ? 0 : Number.parseInt(body.toString("latin1", at, line), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
