import { FRAME_LIMIT } from "../../contract/frames.ts";
import { NEKO_HTTP_PORT } from "../../contract/neko.ts";
import { once } from "../../contract/once.ts";
import { connect } from "../../seats/calls/duplex.ts";
import { openSocket, type SocketListener, type ToServer } from "../../seats/calls/socket.ts";
import type { SeatHandle } from "../../seats/seat.ts";
import { login, logout } from "./login.ts";
import type { Pace } from "./pace.ts";

/** neko was just started again, or is busy: who comes then waits a little. */
const JOIN_MS = 10_000;
const JOIN_AGAIN_MS = 250;

/** A text that was copied in the seat's browser may be larger than is passed on; it must not cost the picture. */
const READING = { most: FRAME_LIMIT, larger: "leave out" } as const;

/** One neko, for all who watch it. */
export interface Door {
  seat: SeatHandle;
  /** Of users. */
  password: string;
  /** So much of it is read, by all together. */
  pace: Pace;
  /** Its end. */
  gone: AbortSignal;
}

/** A viewer's socket, tried for a while. @param isWanted false: nobody waits for it any more @throws when neko lets nobody in */
export async function enter(door: Door, listener: SocketListener, isWanted: () => boolean): Promise<ToServer> {
  for (const end = Date.now() + JOIN_MS; ; ) {
    try {
      return await enterOnce(door, listener);
    } catch (error) {
      if (Date.now() > end || !isWanted() || door.gone.aborted) throw error;
      await Bun.sleep(JOIN_AGAIN_MS);
    }
  }
}

/** Each viewer is somebody of her own to neko, who leaves when her page does. */
async function enterOnce({ seat, password, pace, gone }: Door, listener: SocketListener): Promise<ToServer> {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(JOIN_MS)]);
  const token = await login(seat, password, signal);
  const leave = once(() => void logout(seat, token));
  const closed = (code: number, reason: string) => {
    leave();
    listener.closed(code, reason);
  };
  try {
    const path = `/api/ws?token=${encodeURIComponent(token)}`;
    const headers: [string, string][] = [["host", "localhost"]];
    const asked = { path, headers, reading: READING, pace: (bytes: number) => pace.spend(bytes) };
    const socket = await openSocket(await connect(seat, NEKO_HTTP_PORT), asked, signal);
    socket.listen({ ...listener, closed });
    return socket;
  } catch (error) {
    leave();
    throw error;
  }
}
