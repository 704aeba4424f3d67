import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";
import { SocketStream } from "../seats/socket-stream.ts";
import { type Spliced, spliceTo } from "../seats/splice.ts";
import { BODY_LIMIT } from "./ask.ts";

/** The CLI keeps one for each request at once, and some that idle; ten terminals of one seat fit. */
export const CONNECTIONS = 100;

export type Answer = (request: Request) => Response | Promise<Response>;

/**
 * Serves one seat on its own localhost: whoever comes this way is a program of that seat. The server listens on a socket in a directory of
 * ours, and so many of the seat's connections go on to it.
 * @param directory the machine's @returns how to stop @throws when the port is taken
 */
export function listenForSeat(seat: SeatHandle, directory: string, answer: Answer): () => void {
  const { relayPort: port = 0 } = seat;
  const room = join(directory, "relay");
  mkdirSync(room, { recursive: true, mode: 0o700 });
  // A socket's path has at most 107 bytes; this way to it is short, however long the directory's own is.
  const opened = openSync(room, "r");
  const unix = `/proc/self/fd/${opened}/${seatName(seat.seat)}.sock`;
  rmSync(unix, { force: true });
  const server = serve(unix, answer);
  const stop = () => {
    void server.stop(true);
    rmSync(unix, { force: true });
    closeSync(opened);
  };
  try {
    const full = (open: number) => `This seat has ${open} connections to Claude already: close some.`;
    const socket = spliceTo({ dial: () => dial(unix), connections: CONNECTIONS, full });
    const listener = seat.listen?.(port, socket) ?? Bun.listen<Spliced>({ hostname: "127.0.0.1", port, socket });
    return () => {
      listener.stop(true);
      stop();
    };
  } catch (error) {
    stop();
    throw error;
  }
}

const serve = (unix: string, answer: Answer) =>
  Bun.serve({
    unix,
    maxRequestBodySize: BODY_LIMIT,
    // In Bun's own error page stand sources and paths.
    development: false,
    fetch: (request, server) => {
      // For minutes nothing may be said; Bun would cut after 10 s.
      server.timeout(request, 0);
      return answer(request);
    },
    error: () => new Response(null, { status: 500, headers: { "x-should-retry": "false" } }),
  });

async function dial(unix: string): Promise<SeatSocket> {
  const stream = new SocketStream();
  await Bun.connect({ unix, socket: stream.handler });
  return stream;
}
