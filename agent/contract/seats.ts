/** Seats are numbered 1..N across the workshop; in paths, pages and directories they have two digits. */
export const SEATS_PER_MACHINE = 10;

/** Of one workshop. */
export const SEATS_LIMIT = 99;

/** `4` → `"04"`. */
export const seatName = (seat: number): string => String(seat).padStart(2, "0");

/** `"04"` → 4; anything that isn't exactly two digits from 01 → undefined. */
export function parseSeatName(text: string): number | undefined {
  return /^\d\d$/.test(text) && text !== "00" ? Number(text) : undefined;
}

/** The machine (1, 2, …) that holds this seat. */
export const machineOfSeat = (seat: number): number => Math.floor((seat - 1) / SEATS_PER_MACHINE) + 1;

/** The seats of machine k in a workshop of `total` seats. */
export function seatsOfMachine(machine: number, total: number): number[] {
  const first = (machine - 1) * SEATS_PER_MACHINE + 1;
  const last = Math.min(machine * SEATS_PER_MACHINE, total);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** Cookies ignore ports, and every local machine is `localhost`: the workshop is in the name, the seat too. */
export const seatCookie = (workshop: string, seat: number): string => `ct_${workshop}_${seatName(seat)}`;

/** Where a seat's learner is and works, as the agent sees it. */
export type SeatStatus = "off" | "pending" | "waiting" | "stopped" | "ready" | "error";
