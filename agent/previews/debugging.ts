import type { SocketHandler } from "bun";
import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";

/** Playwright holds one or two; each page's developer tools one. */
const CONNECTIONS = 50;

export interface Debugged {
  /** A connection to the browser's real port, once it is up. */
  dial(): Promise<SeatSocket>;
  /** One connection more; call what it returns when it is over. */
  use(): () => void;
}

interface Client {
  upstream: SeatSocket | undefined;
  toUpstream: Uint8Array[];
  toClient: Uint8Array[];
  /** The browser said its last; what it said before still goes out. */
  ending: boolean;
  release: () => void;
}

/**
 * The address in `CLARATEACH_CDP_URL`: the first connection starts the browser, all go on to its debugging port byte by byte. The Host
 * header passes too, so that the addresses the browser answers lead here again.
 * @throws Problem STATE_CONFLICT when another program has the port
 */
export function listenForDebugging(seat: SeatHandle, debugged: Debugged): () => void {
  const { cdpPort: port } = seat;
  const socket = passOn(debugged);
  try {
    const listener = seat.listen?.(port, socket) ?? Bun.listen<Client>({ hostname: "127.0.0.1", port, socket });
    return () => listener.stop(true);
  } catch (cause) {
    throw new Problem(
      "STATE_CONFLICT",
      `Port ${seat.cdpPort}, where programs of seat ${seatName(seat.seat)} reach its browser, is taken by another program: end that one, then open the preview.`,
      { cause },
    );
  }
}

/** Each connection goes on to the browser byte by byte. */
export function passOn(debugged: Debugged): SocketHandler<Client> {
  let open = 0;
  return {
    open(socket) {
      socket.pause();
      socket.data = { upstream: undefined, toUpstream: [], toClient: [], ending: false, release: () => {} };
      if (open >= CONNECTIONS) return refuse(socket, `The browser has ${open} connections already: close some.`);
      open++;
      const release = debugged.use();
      socket.data.release = once(() => {
        open--;
        release();
      });
      void splice(socket, debugged);
    },
    data(socket, bytes) {
      socket.data.toUpstream.push(Uint8Array.from(bytes));
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

async function splice(socket: Bun.Socket<Client>, debugged: Debugged): Promise<void> {
  const client = socket.data;
  try {
    const upstream = await debugged.dial();
    client.upstream = upstream;
    upstream.onDrain(() => {
      if (pass(client.toUpstream, upstream)) socket.resume();
    });
    void upstream.closed.then(() => {
      client.ending = true;
      if (client.toClient.length === 0) socket.end();
    });
    upstream.onData((bytes) => {
      client.toClient.push(Uint8Array.from(bytes));
      if (!pass(client.toClient, socket)) upstream.pause();
    });
    if (socket.readyState > 0) socket.resume();
    else upstream.close();
  } catch (error) {
    refuse(socket, error instanceof Error ? error.message : String(error));
  }
}

/** Writes what is waiting; false when the other side takes no more now. */
function pass(waiting: Uint8Array[], to: { write(bytes: Uint8Array): number } | undefined): boolean {
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

/** CDP begins with HTTP: the sentence arrives where the script's author sees it. */
function refuse(socket: Bun.Socket<Client>, sentence: string): void {
  const body = `${sentence}\n`;
  const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`${head}Connection: close\r\n\r\n${body}`);
}

function over(client: Client | undefined): void {
  client?.upstream?.close();
  client?.release();
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
