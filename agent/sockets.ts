import { CLOSE } from "./contract/close.ts";

/** One learner has a page or a few: terminal, watch and screen in each. All other memory of the machine belongs to the other seats. */
export const SOCKETS_PER_SEAT = 40;

/** One open socket of a seat. */
export interface SeatSocketEntry {
  seat: number;
  generation: number;
  viewer: boolean;
  /** It leads to a server of the learner's own, of which the room itself counts how many there are. */
  port?: true;
  /** Tells the other side and closes; what it still sends isn't heard any more. */
  cut(code: number, reason: string): void;
}

export interface Refusal {
  code: number;
  reason: string;
}

/** All sockets of learners by seat and generation, and the one place that cuts them. */
export interface Sockets {
  /** Undefined: it is in. Otherwise why not; a generation that was cut meanwhile stays out. */
  add(entry: SeatSocketEntry): Refusal | undefined;
  remove(entry: SeatSocketEntry): void;
  /** Ends all sockets of a seat whose generation is lower, and any that come later. */
  cut(seat: number, generationBelow: number, code: number, reason: string): void;
  /** Ends every socket, and any that come later. */
  cutAll(code: number, reason: string): void;
  /** Takes sockets again after `cutAll`: the workshop's end was moved. */
  reopen(): void;
  /** Open terminals of a seat. */
  viewers(seat: number): number;
  open(): number;
}

/** @param onViewers called after the count of a seat's terminals changed, except by `cut` of an older generation */
export function openSockets(onViewers: (seat: number, viewers: number, before: number) => void): Sockets {
  const bySeat = new Map<number, Set<SeatSocketEntry>>();
  const floors = new Map<number, { generation: number } & Refusal>();
  let closed: Refusal | undefined;

  const of = (seat: number) => bySeat.get(seat) ?? new Set<SeatSocketEntry>();
  const viewers = (seat: number) => [...of(seat)].filter((entry) => entry.viewer).length;

  function refusal({ seat, generation, port }: SeatSocketEntry): Refusal | undefined {
    if (closed) return closed;
    const floor = floors.get(seat);
    if (floor && generation < floor.generation) return { code: floor.code, reason: floor.reason };
    const pages = [...of(seat)].filter((entry) => !entry.port).length;
    if (port || pages < SOCKETS_PER_SEAT) return undefined;
    return { code: CLOSE.TOO_MANY, reason: `a seat may hold ${SOCKETS_PER_SEAT} connections: close other tabs` };
  }

  function add(entry: SeatSocketEntry): Refusal | undefined {
    const refused = refusal(entry);
    if (refused) return refused;
    const before = viewers(entry.seat);
    bySeat.set(entry.seat, of(entry.seat).add(entry));
    if (entry.viewer) onViewers(entry.seat, before + 1, before);
    return undefined;
  }

  function remove(entry: SeatSocketEntry): void {
    if (!of(entry.seat).delete(entry)) return;
    const left = viewers(entry.seat);
    if (entry.viewer) onViewers(entry.seat, left, left + 1);
  }

  function cut(seat: number, generationBelow: number, code: number, reason: string): void {
    floors.set(seat, { generation: generationBelow, code, reason });
    for (const entry of [...of(seat)]) {
      if (entry.generation >= generationBelow) continue;
      of(seat).delete(entry);
      entry.cut(code, reason);
    }
  }

  return {
    add,
    remove,
    cut,
    viewers,
    cutAll: (code, reason) => {
      closed = { code, reason };
      for (const entry of [...bySeat.values()].flatMap((entries) => [...entries])) {
        remove(entry);
        entry.cut(code, reason);
      }
    },
    reopen: () => {
      closed = undefined;
    },
    open: () => [...bySeat.values()].reduce((sum, entries) => sum + entries.size, 0),
  };
}
