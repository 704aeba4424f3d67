import { readFile } from "node:fs/promises";
import { Problem } from "../../contract/errors.ts";
import { SEATS_PER_MACHINE } from "../../contract/seats.ts";
import type { Range } from "./network/addresses.ts";
import { rangeOfTenant } from "./network/block.ts";

/** From here on to 0x7ffdffff nobody gives numbers away: neither Debian, nor systemd (UIDS-GIDS), nor who maps users of containers. */
const FIRST = 0x7000_0000;
/** Of an IPv4 address: no two private ones have the same. */
const ADDRESS_BITS = 28;

/**
 * uid and gid of a seat's learner on this computer, as the kernel counts them: they follow from the seat's address, which no other seat here
 * has, of whatever workshop. 10.222.0.2 is 0x7ade0002.
 */
export const uidOf = (block: Range, seat: number): number => FIRST + ((rangeOfTenant(block, seat).first + 2) % 2 ** ADDRESS_BITS);

/** Of a seat's first process, which no learner may end: the number of the seat's bridge, which is nobody's and owns nothing. */
export const keeperOf = (block: Range, seat: number): number => uidOf(block, seat) - 1;

const KNOWN = ["/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid"];

/** @throws Problem `UNAVAILABLE` when this computer has given away a number that a seat of the block would have */
export async function requireFreeUids(block: Range): Promise<void> {
  const uids = Array.from({ length: SEATS_PER_MACHINE }, (_, i) => [keeperOf(block, i + 1), uidOf(block, i + 1)]).flat();
  for (const file of KNOWN) {
    const owner = takenIn(file, await readFile(file, "utf8").catch(() => ""), uids);
    if (owner !== undefined)
      throw new Problem(
        "UNAVAILABLE",
        `A seat's user would be "${owner}" of ${file}. Set CLARATEACH_SEAT_SUBNETS to another private network: users follow from addresses.`,
      );
  }
}

/** Whose line in `name:…:number:…` or, of a range, `name:first:count` has one of `uids`; pure. */
export function takenIn(file: string, text: string, uids: readonly number[]): string | undefined {
  const rows = text.split("\n").map((line) => line.split(":"));
  const isRange = file.startsWith("/etc/sub");
  const row = rows.find(([, second, third]) => {
    const [first, count] = isRange ? [Number(second), Number(third)] : [Number(third), 1];
    return uids.some((uid) => uid >= first && uid < first + count);
  });
  return row?.[0];
}
