import { seatName } from "../contract/seats.ts";
import type { Json, Memory } from "../engine/memory.ts";
import type { Handler, TaskRun, TaskSpec } from "../engine/task.ts";
import type { ByHand } from "../interfaces/resolve.ts";
import type { Runtime, SeatWish } from "./runtime.ts";

type MadeFrom = Pick<SeatWish, "definition" | "definitionArchive">;

/** What the manager remembers of a seat that was made. */
export interface SeatRecord {
  freshSince: number;
  /** Stopped by wish, or not started yet: nobody gets in. */
  off?: true;
  /** What it was made from, whatever its definition is by now. Missing: an earlier release made it. */
  from?: MadeFrom;
  /** What people changed at its connections, as it has them. */
  byHand?: ByHand;
}

const keyOf = (seat: number): string => `seat/${seat}`;

export function recordOf(memory: Pick<Memory, "get">, seat: number): SeatRecord | undefined {
  return memory.get(keyOf(seat)) as unknown as SeatRecord | undefined;
}

export const recordedSeats = (memory: Memory): number[] => memory.keys("seat/").map((key) => Number(key.slice("seat/".length)));

export const RECORD = "seat/record";

/** The last task of making and repairing: by looking, it is ready; and remembered, in the same step as the task is done. */
export const recordSeat = (wish: SeatWish): TaskSpec => noteSeat(RECORD, wish, `Seat ${seatName(wish.seat)} is ready`);

/** Before a new seat is opened: all that makes it is done. It goes back with what made it. */
export const recordMade = (wish: SeatWish): TaskSpec => noteSeat("seat/made", wish, `Seat ${seatName(wish.seat)} is made`);

export const RECORD_OFF = "seat/record-off";

/** The last task of stopping by wish: its files stay, and whoever has it finds it stopped. */
export const recordOff = (wish: SeatWish): TaskSpec => noteSeat(RECORD_OFF, wish, `Seat ${seatName(wish.seat)} is stopped`);

function noteSeat(kind: string, wish: SeatWish, summary: string): TaskSpec {
  const { seat, freshSince, byHand } = wish;
  return { kind, summary, data: { seat, freshSince, from: madeFrom(wish), ...(byHand && { byHand }) } as unknown as Json };
}

const madeFrom = ({ definition, definitionArchive }: SeatWish): MadeFrom => ({
  ...(definition !== undefined && { definition }),
  ...(definitionArchive !== undefined && { definitionArchive }),
});

/** One that was seen to have all of its new definition is as good as made from it. */
export function recordSame(memory: Pick<Memory, "get" | "set">, wish: SeatWish): void {
  const record = recordOf(memory, wish.seat);
  if (record) memory.set(keyOf(wish.seat), { ...record, from: madeFrom(wish) } as unknown as Json);
}

/** What such a task will remember of its seat; undefined: it is another kind of task, or an earlier release's. */
export const toRecord = (data: Json): MadeFrom | undefined => (data as { from?: MadeFrom } | null)?.from;

/** The first task of stopping and removing: from here on nobody gets in. */
export function forgetSeat(seat: number): TaskSpec {
  return { kind: "seat/forget", summary: `Close seat ${seatName(seat)}`, data: { seat } };
}

type RecordData = SeatRecord & { seat: number };

export function recordHandlers(runtime: Runtime): Record<string, Handler> {
  return {
    [RECORD]: {
      async do(task) {
        const { seat } = task.data as unknown as RecordData;
        const condition = await runtime.inspect(seat);
        if (condition !== "ready") throw new Error(`seat ${seatName(seat)} was made and is "${condition}"`);
        note(task, false);
      },
    },
    "seat/made": { do: async (task) => note(task, true), undo: async (task) => forget(task) },
    [RECORD_OFF]: { do: async (task) => note(task, true) },
    "seat/forget": { do: async (task) => forget(task) },
  };
}

function note({ data, memory }: TaskRun, off: boolean): void {
  const { seat, freshSince, from, byHand } = data as unknown as RecordData;
  const record = { freshSince, ...(off && { off: true }), ...(from && { from }), ...(byHand && { byHand }) };
  memory.set(keyOf(seat), record as unknown as Json);
}

const forget = ({ data, memory }: TaskRun): void => memory.set(keyOf((data as unknown as RecordData).seat), undefined);
