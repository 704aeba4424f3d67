import { Problem } from "../contract/errors.ts";
import type { MachineDocument, WantedSeat } from "../contract/machine.ts";
import { SEATS_PER_MACHINE } from "../contract/seats.ts";
import type { ProjectWorkshop } from "./read.ts";

/** The document with these workshops as they are now: each keeps its seat, new ones get one. @throws Problem STATE_CONFLICT when there are too many */
export function withWorkshops(document: MachineDocument, workshops: readonly ProjectWorkshop[]): MachineDocument {
  const revision = document.revision + 1;
  const seats = [...document.seats];
  for (const workshop of workshops) {
    const at = seats.findIndex(({ name }) => name === workshop.name);
    const life = seats[at] ?? newSeat(seats, revision);
    seats.splice(at < 0 ? seats.length : at, 1, seatOf(life, workshop));
  }
  return { ...document, revision, seats: seats.sort((a, b) => a.seat - b.seat) };
}

export const withoutSeats = (document: MachineDocument, gone: readonly number[]): MachineDocument => ({
  ...document,
  revision: document.revision + 1,
  seats: document.seats.filter(({ seat }) => !gone.includes(seat)),
});

type Life = Pick<WantedSeat, "seat" | "generation" | "freshSince">;

function seatOf({ seat, generation, freshSince }: Life, { name, definition, archive }: ProjectWorkshop): WantedSeat {
  return {
    seat,
    generation,
    freshSince,
    name,
    definition,
    ...(archive !== undefined && { definitionArchive: { digest: archive } }),
  };
}

/** A number may have been another workshop's: what was wished of that one doesn't count for this. */
function newSeat(seats: readonly WantedSeat[], revision: number): Life {
  const taken = new Set(seats.map(({ seat }) => seat));
  const seat = Array.from({ length: SEATS_PER_MACHINE }, (_, i) => i + 1).find((number) => !taken.has(number));
  if (seat !== undefined) return { seat, generation: revision, freshSince: revision };
  throw new Problem(
    "STATE_CONFLICT",
    `This project has ${SEATS_PER_MACHINE} workshops already, which is the most. Remove one, and launch this one again.`,
  );
}
