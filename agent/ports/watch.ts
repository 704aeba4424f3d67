import { isOffered } from "../contract/ports.ts";
import type { SeatHandle } from "../seats/seat.ts";

/** Two seconds after somebody started a server his page says so. */
const LOOK_MS = 2000;
/**
 * What was seen so lately is so still, also where nobody listened: a page is a few dozen calls, a look is at everything that a machine runs, and
 * whoever asks for a quiet port again and again makes it no more often.
 */
const FRESH_MS = 1000;
/** A page names no more. */
const MOST_OFFERED = 8;

/** On which ports seats listen. Nobody asking costs nothing. */
export interface Watch {
  /** Whether a program of this seat's learner listens there. */
  isListening(seat: SeatHandle, port: number): Promise<boolean>;
  /** The seat is another learner's, or made again: what was seen before isn't so any more. */
  forget(seat: number): void;
  /** What its page was told last, or is told now. */
  offered(seat: number): readonly number[];
  /** @param changed what is offered is another now @returns ends it */
  follow(seat: number, changed: () => void): () => void;
}

interface Seen {
  ports: readonly number[];
  at: number;
}

/** @param ready the seat, while it can be worked in @param may whether a port may be opened */
export function openWatch(
  ready: (seat: number) => SeatHandle | undefined,
  may: (port: number) => boolean,
  now: () => number = Date.now,
): Watch {
  const seen = new Map<number, Seen>();
  const followers = new Map<number, Set<() => void>>();

  const looking = new Map<number, Promise<readonly number[]>>();

  /** One at a time. */
  function look(handle: SeatHandle): Promise<readonly number[]> {
    const { seat } = handle;
    const other = looking.get(seat);
    if (other) return other;
    // A seat whose ports nobody can tell has none: another's might be behind them.
    const found = handle
      .listening()
      .catch(() => [])
      .then((ports) => {
        if (looking.get(seat) !== found) return ports;
        looking.delete(seat);
        seen.set(seat, { ports, at: now() });
        return ports;
      });
    looking.set(seat, found);
    return found;
  }

  const offered = (seat: number) =>
    (seen.get(seat)?.ports ?? []).filter((port) => may(port) && isOffered(port)).slice(0, MOST_OFFERED);

  async function lookAgain(seat: number): Promise<void> {
    const before = offered(seat).join();
    const handle = ready(seat);
    if (handle) await look(handle);
    else seen.delete(seat);
    if (offered(seat).join() !== before) for (const changed of followers.get(seat) ?? []) changed();
  }

  const timers = new Map<number, Timer>();
  return {
    offered,
    isListening: async (handle, port) => {
      const last = seen.get(handle.seat);
      const ports = last && now() - last.at < FRESH_MS ? last.ports : await look(handle);
      return ports.includes(port);
    },
    forget: (seat) => {
      seen.delete(seat);
      looking.delete(seat);
    },
    follow: (seat, changed) => {
      const all = followers.get(seat) ?? new Set();
      followers.set(seat, all.add(changed));
      if (!timers.has(seat)) {
        timers.set(
          seat,
          setInterval(() => void lookAgain(seat), LOOK_MS),
        );
        void lookAgain(seat);
      }
      return () => {
        all.delete(changed);
        if (all.size > 0) return;
        clearInterval(timers.get(seat));
        timers.delete(seat);
      };
    },
  };
}
