import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";

/** Of an answer's head, with all that comes before it; Node's own servers send 16 KiB at most. */
const HEAD_BYTES = 64 * 1024;
/** "Go on", "early hints": what announces an answer without being one. More is no answer. */
const MOST_INFORMED = 8;

export interface Ask {
  method: string;
  /** Begins with a slash and holds the query. */
  path: string;
  headers: readonly [name: string, value: string][];
  /** Missing: none. */
  body?: ReadableStream<Uint8Array> | string | null;
  /** Of the body, where it is known. */
  length?: number | undefined;
  /** It asks to become a socket. */
  upgrades?: true;
}

/** What a server answered; `taken`: it became a socket, whose first bytes these are. */
export interface Answer {
  message: IncomingMessage;
  taken?: Uint8Array;
}

/** One call on a connection of its own; who gives it up destroys that. @throws when there is no whole head, no end to it, or it isn't HTTP */
export async function ask(connection: Duplex, asked: Ask): Promise<Answer> {
  const { method, path, headers, body } = asked;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request({
    ...{ method, path, maxHeaderSize: HEAD_BYTES, setHost: false, createConnection: () => connection },
    headers: [...headers, ...framing(asked)].flat(),
  });
  call.on("response", (message) => resolve({ message }));
  call.on("upgrade", (message, _socket, taken) => resolve({ message, taken }));
  call.on("error", reject);
  connection.on("error", reject);
  const begun = untilAnswered(call, connection, () => {
    const error = new Error("its answer has no beginning");
    // What the same bytes hold beside that is no answer any more.
    reject(error);
    connection.destroy(error);
  });
  if (body instanceof ReadableStream) sendBody(body, call).catch(() => call.destroy());
  else call.end(body ?? undefined);
  return promise.finally(begun);
}

/** @param giveUp called where an answer is announced for ever @returns to be called when there is one */
function untilAnswered(call: ClientRequest, connection: Duplex, giveUp: () => void): () => void {
  let [informed, heard] = [0, 0];
  const count = (piece: Uint8Array) => {
    heard += piece.length;
    if (heard > HEAD_BYTES) giveUp();
  };
  call.on("information", () => {
    informed += 1;
    if (informed > MOST_INFORMED) giveUp();
  });
  connection.on("data", count);
  return () => void connection.off("data", count);
}

/** A body's length is said once, by whoever sends it. */
function framing({ body, length, upgrades }: Ask): [name: string, value: string][] {
  const connection: [string, string] = ["connection", upgrades ? "Upgrade" : "close"];
  if (!body) return [connection];
  return [connection, length === undefined ? ["transfer-encoding", "chunked"] : ["content-length", String(length)]];
}

async function sendBody(body: ReadableStream<Uint8Array>, call: ClientRequest): Promise<void> {
  let goOn = () => {};
  call.on("drain", () => goOn()).on("close", () => goOn());
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    // Who answers before the body is whole has heard enough.
    if (call.destroyed) return;
    const more = Promise.withResolvers<void>();
    goOn = more.resolve;
    if (!call.write(bytes)) await more.promise;
  }
  call.end();
}
