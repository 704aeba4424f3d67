import { Problem } from "../../../contract/errors.ts";
import type { SeatSocket } from "../../seat.ts";
import { SocketStream } from "../client/stream.ts";
import { inNetwork } from "./netns.ts";

/** A learner's server that doesn't accept (a full backlog) would hold the caller else. */
const DIAL_LIMIT_MS = 10_000;
/** Servers on "localhost" listen on one or the other. */
const LOCALHOST = ["127.0.0.1", "::1"] as const;

/** @param network the seat's namespace file @throws Problem `UNAVAILABLE` when nothing listens there */
export async function dialSeat(network: string, port: number): Promise<SeatSocket> {
  let why: unknown;
  for (const hostname of LOCALHOST) {
    try {
      return await connectIn(network, hostname, port);
    } catch (error) {
      why = error;
    }
  }
  throw new Problem("UNAVAILABLE", `Nothing answers on port ${port} of the seat. Start the program there first.`, { cause: why });
}

async function connectIn(network: string, hostname: string, port: number): Promise<SeatSocket> {
  const stream = new SocketStream();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${DIAL_LIMIT_MS / 1000} s`)), DIAL_LIMIT_MS);
  try {
    const connecting = inNetwork(network, () =>
      Bun.connect({
        hostname,
        port,
        socket: {
          open(socket) {
            stream.raw = socket;
          },
          data: (_socket, bytes) => stream.arrived(bytes),
          drain: () => stream.drained(),
          close: () => stream.ended(),
          error: () => stream.close(),
          connectError() {},
        },
      }),
    );
    // Too late is too late: whoever connects after all is sent away.
    connecting.then((socket) => late.promise.catch(() => socket.terminate())).catch(() => {});
    await Promise.race([connecting, late.promise]);
    return stream;
  } finally {
    clearTimeout(timer);
  }
}
