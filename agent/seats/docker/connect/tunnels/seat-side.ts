import type { Socket, SocketHandler, udp } from "bun";
import type { LiveSeats } from "../../live.ts";
import { type Abstract, type Address, connectIn, listenIn, receiveIn } from "../../network/netns.ts";
import type { DatagramEnd, StreamEnd } from "./endpoint.ts";
import { clearSocket, giveSocket, wayTo } from "./seat-files.ts";
import { HALF_OPEN, type Listener, type Side } from "./sides.ts";

/** A seat, as it runs at each call. */
export class SeatSide implements Side {
  constructor(
    readonly live: LiveSeats,
    readonly seat: number,
  ) {}

  listen<Data>(at: StreamEnd, socket: SocketHandler<Data>): Listener {
    if (at.kind === "path") return this.#listenAt(at.path, socket);
    const listener = listenIn(this.#network, placeOf(at), socket, HALF_OPEN);
    return { stop: () => listener.stop() };
  }

  #listenAt<Data>(path: string, socket: SocketHandler<Data>): Listener {
    const { seat } = this;
    const { host } = this.live;
    const way = wayTo(host.paths(seat), path);
    try {
      clearSocket(way, path);
      const listener = Bun.listen<Data>({ unix: way.path, socket, ...HALF_OPEN });
      giveSocket(way, { uid: host.uid(seat), gid: host.gid(seat) });
      return {
        stop: () => {
          // Its file goes with it, by that way.
          listener.stop();
          way[Symbol.dispose]();
        },
      };
    } catch (error) {
      way[Symbol.dispose]();
      throw error;
    }
  }

  async dial<Data>(at: StreamEnd, socket: SocketHandler<Data>, signal: AbortSignal): Promise<Socket<Data>> {
    if (at.kind === "path") {
      // The seat's disk is there while it is stopped, too.
      this.live.network(this.seat);
      using way = wayTo(this.#paths, at.path);
      return await Bun.connect<Data>({ unix: way.path, socket, ...HALF_OPEN });
    }
    const place = placeOf(at);
    try {
      return await connectIn(this.#network, place, socket, signal, HALF_OPEN);
    } catch (error) {
      // Servers on "localhost" listen on one or the other.
      if ("name" in place || place.hostname !== "127.0.0.1") throw error;
      return await connectIn(this.#network, { ...place, hostname: "::1" }, socket, signal, HALF_OPEN);
    }
  }

  receive({ hostname, port }: DatagramEnd, socket: udp.SocketHandler<"buffer">): Promise<udp.Socket<"buffer">> {
    return receiveIn(this.#network, { hostname: hostname as Address["hostname"], port }, socket);
  }

  /** @throws Problem `UNAVAILABLE` while it doesn't run */
  get #network(): string {
    return this.live.network(this.seat);
  }

  get #paths() {
    return this.live.host.paths(this.seat);
  }
}

/** Its other addresses were refused (refused.ts). */
const placeOf = (at: Exclude<StreamEnd, { kind: "path" }>): Address | Abstract =>
  at.kind === "abstract" ? { name: at.name } : { hostname: at.hostname as Address["hostname"], port: at.port };
