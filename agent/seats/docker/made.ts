import type { Memory } from "../../engine/memory.ts";

/** What a seat was made from: when it is started again, it is from the same, whatever is newer. */
export interface Made {
  /** Of its layer. */
  image: string;
  /** Directories of its SDKs. */
  trees: readonly { name: string; directory: string }[];
  /** How its layers were built (definition/digest.ts). Missing: as in the first release that had any. */
  format?: number;
}

const PREFIX = "docker/made/";

export const madeOf = (memory: Memory, seat: number): Made | undefined =>
  memory.get(`${PREFIX}${seat}`) as unknown as Made | undefined;

/** Undefined when the seat is gone. */
export const noteMade = (memory: Memory, seat: number, made: Made | undefined): void =>
  memory.set(`${PREFIX}${seat}`, made && { ...made, trees: made.trees.map((tree) => ({ ...tree })) });

/** Of all seats that were made here. */
export const imagesMadeFrom = (memory: Memory): string[] =>
  memory.keys(PREFIX).flatMap((key) => (memory.get(key) as unknown as Made | undefined)?.image ?? []);
