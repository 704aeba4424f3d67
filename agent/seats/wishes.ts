import { seatName } from "../contract/seats.ts";
import type { Mode } from "../engine/change.ts";
import type { Json, Memory } from "../engine/memory.ts";
import type { ByHand } from "../interfaces/resolve.ts";

/** Made again, while the learner's work stays: from what its definition is now, or from what it was made from, with a fresh home. */
export type Renewal = "refresh" | "restore";
/** `reconnect`: from what it was made from, with its home. */
export type HowRenewed = Renewal | "reconnect";

/** What was asked for and isn't begun. It is forgotten in the same step as its change is saved. */
export type Wished =
  | { kind: "launch" | Renewal; mode: Mode }
  /** Only connections change. `as`: how its change is called. `anew`: it is made again for them. */
  | { kind: "connect"; as: ConnectKind; mode: Mode; byHand?: ByHand; anew?: true };

export type ConnectKind = "connect" | "disconnect" | "remount" | Renewal;

/** What people want of one seat beside the document, which says whether it is there at all. */
export interface SavedWish {
  /** `off`: stopped, and not started again by itself. `gone`: removed, and not made again until it is launched. */
  power: "on" | "off" | "gone";
  renewal?: Wished;
}

const UNTOLD: SavedWish = { power: "on" };

/** Of one life of a seat: who gets it freed gets none of the wishes for the one before. */
interface Saved extends SavedWish {
  freshSince: number;
}

const keyOf = (seat: number): string => `wish/${seatName(seat)}`;

export function wishOf(memory: Pick<Memory, "get">, { seat, freshSince }: { seat: number; freshSince: number }): SavedWish {
  const saved = memory.get(keyOf(seat)) as unknown as Saved | undefined;
  return saved?.freshSince === freshSince ? saved : UNTOLD;
}

export function saveWish(memory: Pick<Memory, "set">, of: { seat: number; freshSince: number }, wish: SavedWish): void {
  const { power, renewal } = wish;
  memory.set(keyOf(of.seat), { power, ...(renewal && { renewal }), freshSince: of.freshSince } as unknown as Json);
}
