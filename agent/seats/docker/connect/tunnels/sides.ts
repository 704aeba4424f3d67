import type { Socket, SocketHandler, udp } from "bun";
import type { DatagramEnd, StreamEnd } from "./endpoint.ts";

export interface Listener {
  /** Nobody is taken any more; whoever was goes on. */
  stop(): void;
}

/** A machine, or one of its seats: where a tunnel has an end. */
export interface Side {
  /** @throws Problem with what to do: the place is taken */
  listen<Data>(at: StreamEnd, socket: SocketHandler<Data>): Listener;
  /** @throws when nobody listens there, or the seat isn't running */
  dial<Data>(at: StreamEnd, socket: SocketHandler<Data>, signal: AbortSignal): Promise<Socket<Data>>;
  /** Port 0: any. @throws as `listen` */
  receive(at: DatagramEnd, socket: udp.SocketHandler<"buffer">): Promise<udp.Socket<"buffer">>;
}

/** Who has said her last may still be told something. */
export const HALF_OPEN = { allowHalfOpen: true } as const;
