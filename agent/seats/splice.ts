import type { SocketHandler } from "bun";
import { once } from "../contract/once.ts";
import type { SeatSocket } from "./seat.ts";

export interface SpliceTo {
  /** The other side of one connection. */
  dial(): Promise<SeatSocket>;
  /** At once; more are refused. */
  connections: number;
  /** Whoever is refused speaks HTTP: the sentence arrives where the script's author sees it. */
  full(open: number): string;
  /** One connection more; what it returns is called once when it is over. */
  use?(): () => void;
}

/** One connection's state, for `Bun.listen`. */
export interface Spliced {
  upstream: SeatSocket | undefined;
  toUpstream: Uint8Array[];
  toClient: Uint8Array[];
  /** The other side said its last; what it said before still goes out. */
  ending: boolean;
  release: () => void;
}

/** Each connection goes on to what `dial` answers, byte by byte; who doesn't read holds the other side back, not our memory. */
export function spliceTo(to: SpliceTo): SocketHandler<Spliced> {
  let open = 0;
  return {
    open(socket) {
      socket.pause();
      socket.data = { upstream: undefined, toUpstream: [], toClient: [], ending: false, release: () => {} };
      if (open >= to.connections) return refuse(socket, to.full(open));
      open++;
      const release = to.use?.();
      socket.data.release = once(() => {
        open--;
        release?.();
      });
      void splice(socket, to);
    },
    data(socket, bytes) {
      socket.data.toUpstream.push(bytes.slice());
      if (!pass(socket.data.toUpstream, socket.data.upstream)) socket.pause();
    },
    drain(socket) {
      if (!pass(socket.data.toClient, socket)) return;
      if (socket.data.ending) socket.end();
      else socket.data.upstream?.resume();
    },
    close: ({ data }) => over(data),
    error: ({ data }) => over(data),
  };
}

async function splice(socket: Bun.Socket<Spliced>, { dial }: SpliceTo): Promise<void> {
  const client = socket.data;
  try {
    const upstream = await dial();
    client.upstream = upstream;
    upstream.onDrain(() => {
      if (pass(client.toUpstream, upstream)) socket.resume();
    });
    void upstream.closed.then(() => {
      client.ending = true;
      if (client.toClient.length === 0) socket.end();
    });
    upstream.onData((bytes) => {
      client.toClient.push(bytes.slice());
      if (!pass(client.toClient, socket)) upstream.pause();
    });
    if (socket.readyState > 0) socket.resume();
    else upstream.close();
  } catch (error) {
    refuse(socket, error instanceof Error ? error.message : String(error));
  }
}

/** Writes what is waiting; false when the other side takes no more now. */
export function pass(waiting: Uint8Array[], to: { write(bytes: Uint8Array): number } | undefined): boolean {
  while (to && waiting[0]) {
    const taken = Math.max(0, to.write(waiting[0]));
    if (taken < waiting[0].length) {
      waiting[0] = waiting[0].subarray(taken);
      return false;
    }
    waiting.shift();
  }
  return to !== undefined;
}

function refuse(socket: Bun.Socket<Spliced>, sentence: string): void {
  const body = `${sentence}\n`;
  const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`${head}Connection: close\r\n\r\n${body}`);
}

function over(client: Spliced | undefined): void {
  client?.upstream?.close();
  client?.release();
}
