import { Problem } from "../../contract/errors.ts";
import { seatName } from "../../contract/seats.ts";
import type { SeatSocket } from "../seat.ts";

/** Loopback answers at once or not at all. */
const CONNECT_MS = 5000;

/** What servers on "localhost" listen on, by kind. */
const LOOPBACK = ["127.0.0.1", "::1"];

/** @throws Problem when nothing listens there */
export async function dial(seat: number, port: number): Promise<SeatSocket> {
  for (const hostname of LOOPBACK) {
    const socket = await connect(hostname, port);
    if (socket) return socket;
  }
  throw new Problem(
    "UNAVAILABLE",
    `nothing listens on port ${port} of seat ${seatName(seat)}; start your server there, then try again`,
  );
}

async function connect(hostname: string, port: number): Promise<SeatSocket | undefined> {
  let take: (bytes: Uint8Array) => void = () => {};
  let go = () => {};
  let isClosed = false;
  let late = false;
  const closed = Promise.withResolvers<void>();
  const end = () => {
    isClosed = true;
    closed.resolve();
  };
  const opening = Bun.connect({
    hostname,
    port,
    socket: {
      open: (socket) => {
        // Until somebody listens.
        socket.pause();
        if (late) socket.terminate();
      },
      data: (_, bytes) => take(bytes),
      drain: () => go(),
      close: end,
      error: end,
      connectError: end,
    },
  }).catch(() => undefined);
  const timeout = setTimeout(() => {
    late = true;
    closed.resolve();
  }, CONNECT_MS);
  const socket = await Promise.race([opening, closed.promise.then(() => undefined)]);
  clearTimeout(timeout);
  if (!socket) return undefined;
  return {
    onData(listener) {
      take = listener;
      if (!isClosed) socket.resume();
    },
    onDrain(listener) {
      go = listener;
    },
    closed: closed.promise,
    write: (bytes) => (isClosed ? 0 : Math.max(0, socket.write(bytes))),
    pause: () => void (isClosed || socket.pause()),
    resume: () => void (isClosed || socket.resume()),
    close: () => void (isClosed || socket.end()),
  };
}
