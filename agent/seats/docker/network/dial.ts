import { Problem } from "../../../contract/errors.ts";
import type { SeatSocket } from "../../seat.ts";
import { SocketStream } from "../../socket-stream.ts";
import { connectIn, type Localhost } from "./netns.ts";

/** A learner's server that doesn't accept (a full backlog) would hold the caller else. */
const DIAL_LIMIT_MS = 10_000;
/** Servers on "localhost" listen on one or the other. */
const LOCALHOST: readonly Localhost[] = ["127.0.0.1", "::1"];

/** @param network the seat's namespace file @throws Problem `UNAVAILABLE` when nothing listens there */
export async function dialSeat(network: string, port: number): Promise<SeatSocket> {
  let why: unknown;
  for (const hostname of LOCALHOST) {
    try {
      return await connectTo(network, hostname, port);
    } catch (error) {
      why = error;
    }
  }
  throw new Problem("UNAVAILABLE", `Nothing answers on port ${port} of the seat. Start the program there first.`, { cause: why });
}

async function connectTo(network: string, hostname: Localhost, port: number): Promise<SeatSocket> {
  const stream = new SocketStream();
  await connectIn(network, { hostname, port }, stream.handler, AbortSignal.timeout(DIAL_LIMIT_MS));
  return stream;
}
