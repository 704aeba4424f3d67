/** The far end of a learner's line, as a program: one argument, a `RelayWish` as JSON. Prints `open` once, then `cut` for each connection that it cuts. */
import type { Socket } from "bun";
import { listenIn } from "../../../agent/seats/docker/network/netns.ts";
import { Delayed } from "./delayed.ts";

export interface RelayWish {
  /** The file of the network's namespace, and the port there. */
  edge: string;
  port: number;
  /** Where connections go on to, on this computer. */
  to: { hostname: string; port: number };
  /** From a question to its answer, the way alone. */
  roundTripMs?: number;
  /** Who says nothing in either direction for so long is cut. */
  idleMs?: number;
}

interface Passing {
  up?: Delayed;
  down?: Delayed;
  other?: Socket<Passing>;
  touch(): void;
}

const { edge, port, to, roundTripMs = 0, idleMs }: RelayWish = JSON.parse(process.argv[2] ?? "");
const wayMs = roundTripMs / 2;

/** Each connection has one of these, whichever of its two sockets is heard. */
function passing(client: Socket<Passing>): Passing {
  let timer: Timer | undefined;
  const cut = () => {
    console.log("cut");
    client.data.other?.terminate();
    client.terminate();
  };
  return {
    touch: () => {
      clearTimeout(timer);
      if (idleMs !== undefined) timer = setTimeout(cut, idleMs);
    },
  };
}

async function begin(client: Socket<Passing>): Promise<void> {
  client.pause();
  client.data = passing(client);
  client.data.touch();
  // As the handshake of a connection takes that goes all the way.
  await Bun.sleep(roundTripMs);
  const server = await Bun.connect<Passing>({ ...to, allowHalfOpen: true, socket: handler("down", "up") }).catch(() => undefined);
  if (!server) return void client.terminate();
  server.data = client.data;
  client.data.other = server;
  client.data.up = new Delayed(client, server, wayMs);
  client.data.down = new Delayed(server, client, wayMs);
  client.resume();
}

/** @param into the direction of what such a socket says  @param from that of what it is told */
function handler(into: "up" | "down", from: "up" | "down") {
  return {
    data: ({ data }: Socket<Passing>, bytes: Uint8Array) => {
      data.touch();
      data[into]?.take(bytes);
    },
    drain: ({ data }: Socket<Passing>) => data[from]?.flush(),
    end: ({ data }: Socket<Passing>) => data[into]?.over(),
    close: (socket: Socket<Passing>) => {
      const { data } = socket;
      data[from]?.drop();
      data[into]?.over();
    },
    error: () => {},
  };
}

listenIn<Passing>(
  edge,
  { hostname: "0.0.0.0", port },
  { ...handler("up", "down"), open: (client) => void begin(client) },
  { allowHalfOpen: true },
);
console.log("open");
