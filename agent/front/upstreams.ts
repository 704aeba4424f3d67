import { type Body, isBodiless, sendBody } from "./body-up.ts";
import { type Asked, written } from "./call-head.ts";
import { type Answer, Exchange, type Line } from "./exchange.ts";
import { type Sending, send, sendOn } from "./sending.ts";

/** Connections that wait for a next call, to one server: what a class's pages ask at once. */
const KEPT = 64;
/** Shorter than the servers' own patience (ten seconds and more), so that they hardly ever hang up on a call. */
const KEPT_SECONDS = 5;

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
    const connection: Connection = { upstream, isUploading: false, isOver: false };
    await Bun.connect<Connection>({ hostname, port: Number(port), data: connection, socket: handlers });
    return connection;
  }

  /** Put back once its answer has ended; thrown away otherwise. */
  function release(connection: Connection, keeps: boolean): void {
    connection.exchange = undefined;
    const idle = kept.get(connection.upstream) ?? [];
    const isKept = keeps && !connection.isUploading && !connection.unsent && idle.length < KEPT && all.has(connection);
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
    connection.isOver = true;
    connection.taken?.();
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
    drain: ({ data }) => sendOn(data),
    timeout: (socket) => void (socket.data.exchange ?? socket.terminate()),
    end: (socket) => void socket.end(),
    error: (socket) => void socket.terminate(),
    close: ({ data }) => forget(data),
  };

  function begin(connection: Connection, asked: Asked, head: Buffer): Exchange {
    connection.socket?.timeout(0);
    const exchange = new Exchange(connection.socket as Line, asked.method, (keeps) => release(connection, keeps));
    connection.exchange = exchange;
    const sent = send(connection, head);
    if (asked.body) void upload(connection, sent, asked.body);
    return exchange;
  }

  async function upload(connection: Connection, head: Promise<boolean>, body: Body): Promise<void> {
    connection.isUploading = true;
    try {
      await head;
      await sendBody(body, async (bytes) => {
        if (!(await send(connection, bytes))) throw new Error("it hung up in the middle of the call");
      });
      connection.isUploading = false;
    } catch (cause) {
      connection.exchange?.fail(cause as Error);
    }
  }

  /** @returns undefined: a kept connection was hung up on before it answered. It may be asked again */
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
      // A server may just be hanging up on one that was kept: what changes something isn't asked twice.
      const old = isBodiless(asked.method) ? kept.get(upstream)?.pop() : undefined;
      const answer = old && (await askOver(old, asked, head, true));
      return answer ?? ((await askOver(await fresh(upstream), asked, head, false)) as Answer);
    },
    stop: () => {
      for (const { socket } of all) socket?.terminate();
    },
  };
}

interface Connection extends Sending {
  upstream: string;
  exchange?: Exchange | undefined;
  isUploading: boolean;
}
