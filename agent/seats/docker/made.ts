import type { Memory } from "../../engine/memory.ts";

/** What a seat was made from: when it is started again, it is from the same, whatever is newer. */
export interface Made {
  /** Of its layer. */
  image: string;
  /** Directories of its SDKs. */
  trees: readonly { name: string; directory: string }[];
}

const PREFIX = "docker/made/";

export const madeOf = (memory: Memory, seat: number): Made | undefined =>
  memory.get(`${PREFIX}${seat}`) as unknown as Made | undefined;

/** Undefined when the seat is gone. */
export const noteMade = (memory: Memory, seat: number, made: Made | undefined): void =>
  memory.set(`${PREFIX}${seat}`, made && { image: made.image, trees: made.trees.map((tree) => ({ ...tree })) });

/** Of all seats that were made here. */
export const imagesMadeFrom = (memory: Memory): string[] =>
  memory.keys(PREFIX).map((key) => (memory.get(key) as unknown as Made).image);
