import { Problem } from "../contract/errors.ts";
import { once } from "../contract/once.ts";
import { seatName } from "../contract/seats.ts";
import type { Room } from "../seats/calls/gathered.ts";

/** A browser has six calls to a host at once; of a few tabs that are open, with streams that stay. */
export const CALLS_PER_SEAT = 48;
/** A page has one or two, a development server's own among them. */
export const SOCKETS_PER_SEAT = 24;

/** What all of them may hold together: each one's reader a message, and a browser that is behind another one. */
const HELD_PER_SEAT = 16 * 1024 * 1024;

export type Kind = "call" | "socket";

/** What runs of one seat's ports now, and the one place that ends it. */
export interface Running {
  /** @throws Problem RATE_LIMITED @returns ends with `over`, or when the seat goes on to another learner */
  begin(kind: Kind, who: { seat: number; generation: number }): { signal: AbortSignal; over(): void; room: Room };
  /** Ends what older generations of this seat have running. */
  end(seat: number, generationBelow: number): void;
}

interface Entry {
  kind: Kind;
  generation: number;
  abort: AbortController;
}

interface Seat {
  entries: Set<Entry>;
  room: Room;
}

const MOST: Record<Kind, number> = { call: CALLS_PER_SEAT, socket: SOCKETS_PER_SEAT };
const WORDS: Record<Kind, string> = { call: "calls", socket: "WebSockets" };

export function openRunning(): Running {
  const bySeat = new Map<number, Seat>();
  return {
    begin: (kind, { seat, generation }) => {
      const { entries, room } = bySeat.get(seat) ?? { entries: new Set(), room: { left: HELD_PER_SEAT } };
      const count = [...entries].filter((one) => one.kind === kind).length;
      if (count >= MOST[kind])
        throw new Problem(
          "RATE_LIMITED",
          `Servers of seat ${seatName(seat)} have ${count} ${WORDS[kind]} open. Close other tabs of them, then try again.`,
          { retryAfterSeconds: 2 },
        );
      const entry = { kind, generation, abort: new AbortController() };
      bySeat.set(seat, { entries: entries.add(entry), room });
      return { signal: entry.abort.signal, over: once(() => entries.delete(entry)), room };
    },
    end: (seat, generationBelow) => {
      for (const { generation, abort } of bySeat.get(seat)?.entries ?? []) if (generation < generationBelow) abort.abort();
    },
  };
}
