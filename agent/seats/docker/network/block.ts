import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../contract/errors.ts";
import { SEATS_PER_MACHINE } from "../../../contract/seats.ts";
import { isDefault, routesIn } from "../../kernel-routes.ts";
import type { DockerClient } from "../client/client.ts";
import { waitForLock } from "../host-lock.ts";
import { bridgePrefix, machineHash, type Tenant } from "../names.ts";
import { cidrOf, type Range, rangeOf, touch } from "./addresses.ts";

/** Network, bridge, seat, broadcast. */
const SEAT_SIZE = 4;
const BLOCK_SIZE = 64; // the power of two with room for ten seats and what builds their layers
/** One file a block, named after it; in it the machine's name and directory. Gone after a reboot, as the bridges are. */
const CLAIMS = "/run/clarateach/blocks";

/** Whose addresses they are. A machine is there as long as its directory is, whether its agent runs or not. */
export interface Claimant {
  machine: string;
  directory: string;
}

/**
 * The addresses of a machine's seats: those its bridges have, or those it claimed, or some that nothing on this computer uses, claimed now.
 * @param pool CIDR that blocks are cut from @throws Problem `UNAVAILABLE` when it has none
 */
export async function haveBlock(docker: DockerClient, claimant: Claimant, pool: string): Promise<Range> {
  const routes = routesIn(await readFile("/proc/net/route", "utf8"));
  const own = routes.find(({ by }) => by.startsWith(bridgePrefix(claimant.machine)));
  return own ? blockOf(own) : claimBlock(claimant, pool, await takenRanges(docker));
}

/** One agent at a time. @param taken what can't be had @throws Problem `UNAVAILABLE` when the pool has none */
export function claimBlock({ machine, directory }: Claimant, pool: string, taken: readonly Range[]): Range {
  return alone(() => {
    const claims = claimsNow();
    const before = claims.find((claim) => claim.machine === machine);
    if (before && touch(before.block, rangeOf(pool))) return before.block;
    // Those of machines that ended badly: removed by hand, or with a computer that was switched off.
    const over = claims.filter((claim) => claim === before || !existsSync(claim.directory));
    for (const claim of over) rmSync(claim.file, { force: true });
    const others = claims.filter((claim) => !over.includes(claim)).map(({ block }) => block);
    const [block] = freeBlocks(pool, [...taken, ...others], Number.parseInt(machineHash(machine), 16));
    if (!block) throw new Problem("UNAVAILABLE", `${pool} has no free addresses for seats. ${OTHER_POOL}`);
    writeFileSync(join(CLAIMS, cidrOf(block).replace("/", "_")), `${machine}\n${directory}\n`);
    return block;
  });
}

export const OTHER_POOL = `Set CLARATEACH_SEAT_SUBNETS to a network of at least ${BLOCK_SIZE} addresses that nothing here uses.`;

/** What the machine's routes and Docker's networks use; these have no route while nothing is in them. */
export async function takenRanges(docker: DockerClient): Promise<Range[]> {
  const routes = routesIn(await readFile("/proc/net/route", "utf8")).filter((route) => !isDefault(route));
  const subnets = (await docker.listNetworks()).flatMap(({ IPAM }) => (IPAM.Config ?? []).map(({ Subnet }) => Subnet));
  return [...routes, ...subnets.filter((subnet) => subnet.includes(".")).map(rangeOf)];
}

/** Nothing claimed is fine. */
export function releaseBlock(machine: string): void {
  alone(() => {
    for (const claim of claimsNow()) if (claim.machine === machine) rmSync(claim.file, { force: true });
  });
}

/** Four addresses of the block, always the same for a seat; behind those of all seats, the builder's. */
export function rangeOfTenant({ first }: Range, tenant: Tenant): Range {
  const place = tenant === "build" ? SEATS_PER_MACHINE : (tenant - 1) % SEATS_PER_MACHINE;
  const start = first + place * SEAT_SIZE;
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

interface Claim extends Claimant {
  file: string;
  block: Range;
}

function claimsNow(): Claim[] {
  return readdirSync(CLAIMS).map((name) => {
    const file = join(CLAIMS, name);
    const [machine = "", directory = ""] = readFileSync(file, "utf8").split("\n");
    return { machine, directory, file, block: rangeOf(name.replace("_", "/")) };
  });
}

/** The kernel lets go of the lock with the process, however it ends. It is held for the time of some small files. */
function alone<T>(work: () => T): T {
  mkdirSync(CLAIMS, { recursive: true });
  // Whoever can open it can lock it, and every agent would wait for him.
  chmodSync(CLAIMS, 0o700);
  const lock = openSync(CLAIMS, "r");
  try {
    if (!waitForLock(lock)) throw new Problem("UNAVAILABLE", `cannot lock "${CLAIMS}".`);
    return work();
  } finally {
    closeSync(lock);
  }
}
