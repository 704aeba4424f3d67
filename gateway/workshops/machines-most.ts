/** What an installation's machines may cost at most, said as their number. Pure. */
import { Problem } from "../../agent/contract/errors.ts";
import { machineOfSeat } from "../../agent/contract/seats.ts";
import { concluded } from "./moves.ts";
import type { Held, Workshop } from "./record.ts";

/** Machines that classes may have. */
export interface Room {
  /** Wanted by other classes of this installation now. */
  elsewhere: number;
  /** Of all classes together; undefined: as many as they want. */
  most: number | undefined;
}

/** A start by hand. @param started what it would be @throws Problem NO_MACHINES when its machines would be too many */
export function requireRoom(held: Held, started: Held, room: Room): Held {
  const why = started === held ? undefined : whyNoRoom(held.workshop, room);
  if (why) throw new Problem("NO_MACHINES", why);
  return started;
}

/** A start at its time, which nobody could be answered: one whose machines would be too many has failed, and none is made. */
export function failedWithoutRoom(held: Held, started: Held, room: Room, now: Date): Held {
  const reason = started === held ? undefined : whyNoRoom(held.workshop, room);
  return reason ? concluded(started, { kind: "failed", reason }, { learners: 0 }, now) : started;
}

function whyNoRoom({ name, seats }: Workshop, { elsewhere, most }: Room): string | undefined {
  const own = machineOfSeat(seats);
  if (most === undefined || elsewhere + own <= most) return undefined;
  return `Too few machines are left for “${name}”. It needs ${own}; other classes have ${elsewhere} of the ${most} that all classes together may have. Stop another one first, or let whoever runs this installation raise CLARATEACH_GCE_MACHINES_MOST.`;
}
