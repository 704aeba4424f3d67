import { Problem } from "../../contract/errors.ts";
import { seatName } from "../../contract/seats.ts";
import type { SeatSocket } from "../seat.ts";
import { SocketStream } from "../socket-stream.ts";

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
  const stream = new SocketStream();
  const opening = Bun.connect({ hostname, port, socket: stream.handler });
  const late = Promise.withResolvers<undefined>();
  const timeout = setTimeout(late.resolve, CONNECT_MS);
  const socket = await Promise.race([opening.catch(() => undefined), late.promise]);
  clearTimeout(timeout);
  if (socket) return stream;
  // One that opens after all.
  opening.then((opened) => opened.terminate()).catch(() => {});
  return undefined;
}
