import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Socket, SocketHandler, udp } from "bun";
import { Problem } from "../../../../contract/errors.ts";
import type { DatagramEnd, Endpoint, StreamEnd } from "./endpoint.ts";
import { clearLeft, markSocket } from "./left-sockets.ts";
import { HALF_OPEN, type Listener, type Side } from "./sides.ts";

/** @param sockets the one directory in which tunnels may have sockets with a path */
export class MachineSide implements Side {
  constructor(readonly sockets: string | undefined) {}

  listen<Data>(at: StreamEnd, socket: SocketHandler<Data>): Listener {
    if (at.kind === "path") return this.#listenAt(at.path, socket);
    const place = at.kind === "tcp" ? { hostname: at.hostname, port: at.port } : { unix: `\0${at.name}` };
    const listener = Bun.listen<Data>({ ...place, socket, ...HALF_OPEN } as never);
    return { stop: () => listener.stop() };
  }

  #listenAt<Data>(path: string, socket: SocketHandler<Data>): Listener {
    const unix = join(this.#within(dirname(path)), basename(path));
    clearLeft(unix, path);
    const listener = Bun.listen<Data>({ unix, socket, ...HALF_OPEN });
    // Its file goes with it.
    const stop = () => listener.stop();
    try {
      markSocket(unix);
    } catch (error) {
      stop();
      throw error;
    }
    return { stop };
  }

  async dial<Data>(at: StreamEnd, socket: SocketHandler<Data>): Promise<Socket<Data>> {
    const place = at.kind === "path" ? { unix: this.#within(at.path) } : at;
    return await Bun.connect<Data>({ ...place, socket, ...HALF_OPEN } as never);
  }

  async receive({ hostname, port }: DatagramEnd, socket: udp.SocketHandler<"buffer">): Promise<udp.Socket<"buffer">> {
    return await Bun.udpSocket({ hostname, port, socket });
  }

  /** Why nothing there may be reached, for people. That nobody listens yet is no reason. */
  whyNotAt(end: Endpoint): string | undefined {
    if (end.kind !== "path") return undefined;
    try {
      this.#within(dirname(end.path));
      if (existsSync(end.path)) this.#within(end.path);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Where a path leads in the end, which has to be in the operator's directory. @throws Problem */
  #within(path: string): string {
    const { sockets } = this;
    if (sockets === undefined)
      throw new Problem(
        "FORBIDDEN",
        `${path} can't be a tunnel's end: this machine offers no sockets. Its operator may set CLARATEACH_TUNNEL_SOCKETS to the directory where they are.`,
      );
    const [real, top] = [realPath(path), realPath(sockets)];
    if (real === top || real.startsWith(`${top}/`)) return real;
    throw new Problem(
      "FORBIDDEN",
      `${path} isn't in ${sockets}, where tunnels may have sockets. Put it there, not a link to it.`,
    );
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new Problem("NOT_FOUND", `There is no ${path} on this machine. Start what makes it, or make it.`, { cause });
  }
}
