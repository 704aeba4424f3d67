import { isOffered } from "../contract/ports.ts";
import type { SeatHandle } from "../seats/seat.ts";

/** Two seconds after somebody started a server his page says so. */
const LOOK_MS = 2000;
/** What was seen so lately is so still: a page is a few dozen calls. */
const FRESH_MS = 1000;
/** A page names no more. */
const MOST_OFFERED = 8;

/** On which ports seats listen. Nobody asking costs nothing. */
export interface Watch {
  /** Whether a program of this seat's learner listens there. */
  isListening(seat: SeatHandle, port: number): Promise<boolean>;
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

  async function look(handle: SeatHandle): Promise<readonly number[]> {
    // A seat whose ports nobody can tell has none: another's might be behind them.
    const ports = await (handle.listening?.().catch(() => []) ?? []);
    seen.set(handle.seat, { ports, at: now() });
    return ports;
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
      if (last && now() - last.at < FRESH_MS && last.ports.includes(port)) return true;
      return (await look(handle)).includes(port);
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
