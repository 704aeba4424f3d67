import type { MachineDocument } from "../../agent/contract/machine.ts";

export const seatOf = (seat: number, generation: number) => ({ seat, generation, freshSince: 1 });

/** A running class's document, with what `wish` says otherwise. */
export function documentOf(
  machine: string,
  revision: number,
  { numbers = [], ...wish }: Partial<MachineDocument> & { numbers?: number[] },
): MachineDocument {
  return {
    version: 1,
    revision,
    workshop: { id: machine.replace("clarateach-", ""), name: "Test" },
    machine,
    machineIndex: 1,
    phase: "running",
    endsAt: "2099-01-01T00:00:00Z",
    keys: [],
    gateway: "http://localhost:3000",
    seats: numbers.map((seat) => seatOf(seat, 1)),
    ...wish,
  };
}
