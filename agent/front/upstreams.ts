import type { Socket } from "bun";
import { FIELD_VALUE } from "./answer-head.ts";
import { type Answer, Exchange } from "./exchange.ts";
import type { Field } from "./headers.ts";

/** Connections that wait for a next call, to one server: what a class's pages ask at once. */
const KEPT = 64;
/** Shorter than the servers' own patience (ten seconds and more), so that they hardly ever hang up on a call. */
const KEPT_SECONDS = 5;

/** A call without a body. */
export interface Asked {
  method: "GET" | "HEAD";
  /** Begins with a slash, holds the query. */
  path: string;
  fields: readonly Field[];
  /** The client left. */
  signal: AbortSignal;
}

/** The servers behind, asked over connections that are kept. Bun's `fetch` has a thread for that, which costs more than the call. */
export interface Upstreams {
  /** @param upstream `127.0.0.1:PORT`  @throws when it can't be reached, hangs up or breaks the rules of HTTP/1.1 */
  ask(upstream: string, asked: Asked): Promise<Answer>;
  /** Ends what is under way, too. */
  stop(): void;
}

export function openUpstreams(): Upstreams {
  const all = new Set<Connection>();
  const kept = new Map<string, Connection[]>();

  async function fresh(upstream: string): Promise<Connection> {
    const [hostname = "", port] = upstream.split(":");
    const connection: Connection = { socket: undefined, upstream, exchange: undefined, unsent: undefined };
    await Bun.connect<Connection>({ hostname, port: Number(port), data: connection, socket: handlers });
    return connection;
  }

  /** Put back once its answer has ended; thrown away otherwise. */
  function release(connection: Connection, keeps: boolean): void {
    connection.exchange = undefined;
    const idle = kept.get(connection.upstream) ?? [];
    const isKept = keeps && !connection.unsent && idle.length < KEPT && all.has(connection);
    if (!isKept) {
      connection.socket?.terminate();
      return;
    }
    connection.socket?.resume();
    connection.socket?.timeout(KEPT_SECONDS);
    kept.set(connection.upstream, idle);
    idle.push(connection);
  }

  function forget(connection: Connection): void {
    all.delete(connection);
    const idle = kept.get(connection.upstream);
    const at = idle?.indexOf(connection) ?? -1;
    if (at >= 0) idle?.splice(at, 1);
    if (idle?.length === 0) kept.delete(connection.upstream);
    connection.exchange?.cut();
  }

  const handlers: Bun.SocketHandler<Connection> = {
    binaryType: "buffer",
    open: (socket) => {
      socket.data.socket = socket;
      all.add(socket.data);
    },
    data: (socket, piece) => {
      // What nobody asked for would be taken for the next call's answer.
      if (socket.data.exchange) socket.data.exchange.take(piece);
      else socket.terminate();
    },
    drain: ({ data }) => send(data),
    timeout: (socket) => void (socket.data.exchange ?? socket.terminate()),
    end: (socket) => void socket.end(),
    error: (socket) => void socket.terminate(),
    close: ({ data }) => forget(data),
  };

  function begin(connection: Connection, asked: Asked, head: Buffer): Exchange {
    const { socket } = connection as { socket: Socket<Connection> };
    socket.timeout(0);
    const exchange = new Exchange(socket, asked.method, (keeps) => release(connection, keeps));
    connection.exchange = exchange;
    connection.unsent = head;
    send(connection);
    return exchange;
  }

  /** @returns undefined: a kept connection was hung up on before it answered. A call without a body may be asked again */
  async function askOver(connection: Connection, asked: Asked, head: Buffer, isKept: boolean): Promise<Answer | undefined> {
    const exchange = begin(connection, asked, head);
    const leave = () => exchange.fail(new Error("the client left"));
    asked.signal.addEventListener("abort", leave);
    if (asked.signal.aborted) leave();
    try {
      return await exchange.answer;
    } catch (cause) {
      if (isKept && exchange.isFresh && !asked.signal.aborted) return undefined;
      throw new Error(`${connection.upstream} gave no answer: ${(cause as Error).message}`, { cause });
    }
  }

  return {
    ask: async (upstream, asked) => {
      const head = written(asked);
      const old = kept.get(upstream)?.pop();
      const answer = old && (await askOver(old, asked, head, true));
      return answer ?? ((await askOver(await fresh(upstream), asked, head, false)) as Answer);
    },
    stop: () => {
      for (const { socket } of all) socket?.terminate();
    },
  };
}

interface Connection {
  socket: Socket<Connection> | undefined;
  upstream: string;
  exchange: Exchange | undefined;
  /** Of the call. */
  unsent: Buffer | undefined;
}

function send(connection: Connection): void {
  const { socket, unsent } = connection;
  if (!socket || !unsent) return;
  const sent = Math.max(0, socket.write(unsent));
  connection.unsent = sent < unsent.length ? unsent.subarray(sent) : undefined;
}

/** There is no body, whatever the client says of one. */
const OF_BODIES: ReadonlySet<string> = new Set(["content-length", "expect"]);

/** @throws when something in it could end its line */
function written({ method, path, fields }: Asked): Buffer {
  if (!/^\/[!-~]*$/.test(path)) throw new Error("an address with such letters can't be asked for");
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of fields) {
    if (!FIELD_VALUE.test(value)) throw new Error(`a header with such letters as in "${name}" can't be sent`);
    if (!OF_BODIES.has(name)) text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, "latin1");
}
