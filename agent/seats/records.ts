import { seatName } from "../contract/seats.ts";
import type { Memory } from "../engine/memory.ts";
import type { Handler, TaskSpec } from "../engine/task.ts";
import type { Runtime } from "./runtime.ts";

/** What the manager remembers of a seat that was made. */
export interface SeatRecord {
  freshSince: number;
}

const keyOf = (seat: number): string => `seat/${seat}`;

export function recordOf(memory: Memory, seat: number): SeatRecord | undefined {
  return memory.get(keyOf(seat)) as unknown as SeatRecord | undefined;
}

export const recordedSeats = (memory: Memory): number[] => memory.keys("seat/").map((key) => Number(key.slice("seat/".length)));

/** The last task of making and repairing: by looking, it is ready; and remembered, in the same step as the task is done. */
export function recordSeat(seat: number, freshSince: number): TaskSpec {
  return { kind: "seat/record", summary: `Seat ${seatName(seat)} is ready`, data: { seat, freshSince } };
}

/** The first task of stopping and removing: from here on nobody gets in. */
export function forgetSeat(seat: number): TaskSpec {
  return { kind: "seat/forget", summary: `Close seat ${seatName(seat)}`, data: { seat } };
}

interface RecordData {
  seat: number;
  freshSince: number;
}

export function recordHandlers(runtime: Runtime): Record<string, Handler> {
  return {
    "seat/record": {
      async do(task) {
        const { seat, freshSince } = task.data as unknown as RecordData;
        const condition = await runtime.inspect(seat);
        if (condition !== "ready") throw new Error(`seat ${seatName(seat)} was made and is "${condition}"`);
        task.memory.set(keyOf(seat), { freshSince });
      },
    },
    "seat/forget": {
      async do(task) {
        task.memory.set(keyOf((task.data as unknown as RecordData).seat), undefined);
      },
    },
  };
}
