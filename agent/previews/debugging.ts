import type { SocketHandler } from "bun";
import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { SeatHandle, SeatSocket } from "../seats/seat.ts";
import { type Spliced, spliceTo } from "../seats/splice.ts";

/** Playwright holds one or two; each page's developer tools one. */
const CONNECTIONS = 50;

export interface Debugged {
  /** A connection to the browser's real port, once it is up. */
  dial(): Promise<SeatSocket>;
  /** One connection more; call what it returns when it is over. */
  use(): () => void;
}

/**
 * The address in `CLARATEACH_CDP_URL`: the first connection starts the browser, all go on to its debugging port byte by byte. The Host
 * header passes too, so that the addresses the browser answers lead here again.
 * @throws Problem STATE_CONFLICT when another program has the port
 */
export function listenForDebugging(seat: SeatHandle, debugged: Debugged): () => void {
  const { cdpPort: port } = seat;
  const socket = passOn(debugged);
  try {
    const listener = seat.listen?.(port, socket) ?? Bun.listen<Spliced>({ hostname: "127.0.0.1", port, socket });
    return () => listener.stop(true);
  } catch (cause) {
    throw new Problem(
      "STATE_CONFLICT",
      `Port ${seat.cdpPort}, where programs of seat ${seatName(seat.seat)} reach its browser, is taken by another program: end that one, then open the preview.`,
      { cause },
    );
  }
}

/** Each connection goes on to the browser. */
export const passOn = ({ dial, use }: Debugged): SocketHandler<Spliced> =>
  spliceTo({ dial, use, connections: CONNECTIONS, full: (open) => `The browser has ${open} connections already: close some.` });
