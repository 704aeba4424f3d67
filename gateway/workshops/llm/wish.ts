import { DEFAULT_SEAT_USD, type Permissions, type RelayWish } from "../../../agent/contract/llm.ts";
import { NOTHING_COUNTED, worthOf } from "../../../agent/contract/llm-counts.ts";
import type { KeyTrial } from "../../../views/llm.ts";
import { allSpent, type Spent } from "./usage.ts";

/** What the instructor wants of Claude in her class. US dollars. */
export interface LlmWish {
  /** Cap of every seat that has none of its own. */
  seatUsd: number;
  /** Of the whole class; null: none. */
  workshopUsd: number | null;
  /** Only these; null: all. */
  models: string[] | null;
  paused: boolean;
  permissions: Permissions;
  /** Of seats that differ. */
  seats: SeatWish[];
}

export interface SeatWish {
  seat: number;
  paused?: true;
  limitUsd?: number;
}

/** What is kept of it in the workshop's row, with what the gateway itself has to remember. */
export interface LlmRecord extends LlmWish {
  /** Goes up when another key is sealed: machines that have an older one are given it. */
  keyVersion: number;
  /** How the sealed key did when it was tried. */
  trial?: KeyTrial;
  /** Each machine's part of the workshop's cap, by its index. */
  allotted: Allotted;
}

/** Machines' parts of a workshop's cap, by their index. */
type Allotted = Readonly<Record<number, Part>>;

/** US dollars, counted since the workshop began. */
export interface Part {
  usd: number;
  /** The most that may still be in force on the machine, until it has taken the document `since`; null: no cap. */
  held: number | null;
  since: number;
}

export const NEW_LLM: LlmRecord = {
  seatUsd: DEFAULT_SEAT_USD,
  workshopUsd: null,
  models: null,
  paused: false,
  permissions: "edits",
  seats: [],
  keyVersion: 1,
  allotted: {},
};

/** What `PATCH` may say; what is left out stays. */
export interface LlmPatch {
  seatUsd?: number;
  workshopUsd?: number | null;
  models?: string[] | null;
  paused?: boolean;
  permissions?: Permissions;
  /** `limitUsd: null`: the cap of all seats again. */
  seats?: { seat: number; paused?: boolean; limitUsd?: number | null }[];
}

export function patched(llm: LlmRecord, { seats = [], ...rest }: LlmPatch): LlmRecord {
  const own = new Map(llm.seats.map((one) => [one.seat, one]));
  for (const one of seats) own.set(one.seat, patchedSeat(own.get(one.seat) ?? { seat: one.seat }, one));
  const differing = [...own.values()].filter(({ paused, limitUsd }) => paused || limitUsd !== undefined);
  return { ...llm, ...rest, seats: differing.sort((a, b) => a.seat - b.seat) };
}

function patchedSeat(before: SeatWish, patch: NonNullable<LlmPatch["seats"]>[number]): SeatWish {
  const { seat, paused = before.paused ?? false, limitUsd = before.limitUsd ?? null } = patch;
  return { seat, ...(paused && { paused }), ...(limitUsd !== null && { limitUsd }) };
}

export const limitOf = (llm: LlmWish, seat: number): number =>
  llm.seats.find((one) => one.seat === seat)?.limitUsd ?? llm.seatUsd;
export const isPaused = (llm: LlmWish, seat: number): boolean => llm.seats.some((one) => one.seat === seat && one.paused);

/**
 * A machine's part of it, for its document. A machine that was made again counts from nothing: what its seats used on the one before is
 * taken off their caps.
 */
export function relayWishOf(llm: LlmRecord, seats: readonly number[], part: number | undefined, spent: Spent): RelayWish {
  const before = (seat: number) => worthOf(spent[seat] ?? NOTHING_COUNTED);
  const left = (usd: number, used: number) => Math.max(0, usd - used);
  const differing = seats.flatMap((seat) => {
    const [paused, own] = [isPaused(llm, seat), limitOf(llm, seat)];
    if (!paused && own === llm.seatUsd && before(seat) === 0) return [];
    return [{ seat, usd: left(own, before(seat)), ...(paused && { paused }) }];
  });
  return {
    seat: { usd: llm.seatUsd },
    permissions: llm.permissions,
    ...(llm.models && { models: llm.models }),
    ...(llm.paused && { paused: true }),
    ...(differing.length > 0 && { seats: differing }),
    ...(part !== undefined && { machine: { usd: left(part, worthOf(allSpent(spent))) } }),
  };
}
