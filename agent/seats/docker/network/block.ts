import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { SEATS_PER_MACHINE } from "../../../contract/seats.ts";
import type { DockerClient } from "../client/client.ts";
import { bridgePrefix, machineHash } from "../names.ts";
import { cidrOf, isDefault, type Range, rangeOf, routesIn, touch } from "./addresses.ts";

/** Network, bridge, seat, broadcast. */
const SEAT_SIZE = 4;
const BLOCK_SIZE = 64; // the power of two with room for ten seats
/** One file a block, named after it, with the machine's name in it. Gone after a reboot, as the bridges are. */
const CLAIMS = "/run/clarateach/blocks";

/**
 * The addresses of a machine's seats: those its bridges have, or those it claimed, or some that nothing on this computer uses, claimed now.
 * @param pool CIDR that blocks are cut from @throws Problem `UNAVAILABLE` when it has none
 */
export async function haveBlock(docker: DockerClient, machine: string, pool: string): Promise<Range> {
  const routes = routesIn(await readFile("/proc/net/route", "utf8"));
  const own = routes.find(({ by }) => by.startsWith(bridgePrefix(machine)));
  if (own) return blockOf(own);
  const claimed = await claimOf(machine);
  const before = claimed === undefined ? undefined : rangeOf(claimed.replace("_", "/"));
  if (before && touch(before, rangeOf(pool))) return before;
  await releaseBlock(machine);
  const taken = await takenRanges(docker);
  for (const block of freeBlocks(pool, taken, Number.parseInt(machineHash(machine), 16)))
    if (await claim(block, machine)) return block;
  throw new Problem("UNAVAILABLE", `${pool} has no free addresses for seats. ${OTHER_POOL}`);
}

export const OTHER_POOL = `Set CLARATEACH_SEAT_SUBNETS to a network of at least ${BLOCK_SIZE} addresses that nothing here uses.`;

/** What the machine's routes and Docker's networks use; these have no route while nothing is in them. */
export async function takenRanges(docker: DockerClient): Promise<Range[]> {
  const routes = routesIn(await readFile("/proc/net/route", "utf8")).filter((route) => !isDefault(route));
  const subnets = (await docker.listNetworks()).flatMap(({ IPAM }) => (IPAM.Config ?? []).map(({ Subnet }) => Subnet));
  return [...routes, ...subnets.filter((subnet) => subnet.includes(".")).map(rangeOf)];
}

/** Nothing claimed is fine. */
export async function releaseBlock(machine: string): Promise<void> {
  const name = await claimOf(machine);
  if (name) await rm(join(CLAIMS, name), { force: true });
}

/** Four addresses of the block, always the same for a seat. */
export function seatRange({ first }: Range, seat: number): Range {
  const start = first + ((seat - 1) % SEATS_PER_MACHINE) * SEAT_SIZE;
  return { first: start, last: start + SEAT_SIZE - 1 };
}

/** Those that touch none of `taken`, each once. They begin at a place of the machine's own, so that machines rarely want the same. */
export function* freeBlocks(pool: string, taken: readonly Range[], place: number): Generator<Range> {
  const { first, last } = rangeOf(pool);
  const count = Math.floor((last - first + 1) / BLOCK_SIZE);
  for (let i = 0; i < count; i++) {
    const start = first + ((place + i) % count) * BLOCK_SIZE;
    const block = { first: start, last: start + BLOCK_SIZE - 1 };
    if (!taken.some((range) => touch(range, block))) yield block;
  }
}

const blockOf = ({ first }: Range): Range => {
  const start = Math.floor(first / BLOCK_SIZE) * BLOCK_SIZE;
  return { first: start, last: start + BLOCK_SIZE - 1 };
};

const nameOf = (block: Range): string => cidrOf(block).replace("/", "_");

async function claimOf(machine: string): Promise<string | undefined> {
  for (const name of await readdir(CLAIMS).catch(() => [])) {
    if ((await readFile(join(CLAIMS, name), "utf8").catch(() => "")) === machine) return name;
  }
  return undefined;
}

/** False when another agent was faster. */
async function claim(block: Range, machine: string): Promise<boolean> {
  await mkdir(CLAIMS, { recursive: true, mode: 0o755 });
  try {
    await writeFile(join(CLAIMS, nameOf(block)), machine, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
