import type { Engine } from "./engine.ts";
import { DockerError } from "./engine-http.ts";
import { bridgeOf, bridgePrefix, seatLabels, seatObject } from "./names.ts";

/** A seat's own network has 8 addresses: the bridge and the seat. */
const SUBNET_BITS = 29;
const SUBNET_SIZE = 2 ** (32 - SUBNET_BITS);
/** Somebody else may take the one just chosen. */
const TRIES = 64;

/** The seat's own bridge; being there already is fine. @param pool CIDR that subnets are cut from */
export async function makeNetwork(docker: Engine, machine: string, seat: number, pool: string): Promise<void> {
  const name = seatObject(machine, seat);
  if (await docker.inspectNetwork(name)) return;
  const taken = await takenRanges(docker);
  const subnets = freeSubnets(pool, taken);
  for (let turn = 0; turn < TRIES; turn++) {
    const subnet = subnets.next().value;
    if (subnet === undefined) break;
    if (await tryNetwork(docker, name, machine, seat, subnet)) return;
  }
  throw new DockerError(
    `cannot create network "${name}": no free subnet in ${pool}. Set CLARATEACH_SEAT_SUBNETS to a network nothing here uses`,
  );
}

export async function removeNetwork(docker: Engine, machine: string, seat: number): Promise<void> {
  await docker.removeNetwork(seatObject(machine, seat));
}

async function tryNetwork(docker: Engine, name: string, machine: string, seat: number, subnet: Range): Promise<boolean> {
  const wish = {
    Driver: "bridge",
    EnableIPv6: false,
    Labels: seatLabels(machine, seat),
    IPAM: {
      Driver: "default",
      Config: [{ Subnet: `${dotted(subnet.first)}/${SUBNET_BITS}`, Gateway: dotted(subnet.first + 1) }],
    },
    Options: {
      "com.docker.network.bridge.name": bridgeOf(machine, seat),
      "com.docker.network.bridge.enable_icc": "false",
      "com.docker.network.bridge.enable_ip_masquerade": "true",
    },
  };
  try {
    await docker.createNetwork(name, wish);
    return true;
  } catch (error) {
    if (error instanceof DockerError && error.status === 409) return true;
    if (error instanceof DockerError && /overlap/i.test(error.message)) return false;
    throw error;
  }
}

/** First and last address, as numbers. */
export interface Range {
  first: number;
  last: number;
}

/** Subnets of the pool that touch none of `taken`, lowest first. */
export function* freeSubnets(pool: string, taken: readonly Range[]): Generator<Range> {
  const { first, last } = rangeOf(pool);
  for (let at = first; at + SUBNET_SIZE - 1 <= last; at += SUBNET_SIZE) {
    const subnet = { first: at, last: at + SUBNET_SIZE - 1 };
    if (!taken.some((range) => range.first <= subnet.last && range.last >= subnet.first)) yield subnet;
  }
}

/** What Docker's networks and the machine's routes use already. */
async function takenRanges(docker: Engine): Promise<Range[]> {
  const networks = await docker.listNetworks({});
  const docked = networks
    .flatMap((network) => (network.IPAM.Config ?? []).map((config) => config.Subnet))
    .filter((text) => text.includes("."));
  return [...docked.map(rangeOf), ...routesIn(await Bun.file("/proc/net/route").text())];
}

/** `/proc/net/route`: addresses are little-endian hex. The default route isn't a use. */
export function routesIn(table: string): Range[] {
  const rows = table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  return rows
    .map(([, destination = "0", , , , , , mask = "0"]) => ({ first: littleEndian(destination), mask: littleEndian(mask) }))
    .filter(({ mask }) => mask !== 0)
    .map(({ first, mask }) => ({ first, last: first + (2 ** 32 - 1 - mask) }));
}

export function rangeOf(cidr: string): Range {
  const [address = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
const littleEndian = (hex: string): number => Number.parseInt((hex.padStart(8, "0").match(/../g) ?? []).reverse().join(""), 16);

/** Bridges of this machine's seats that the kernel has, whether Docker knows them or not. */
export async function bridgesOf(machine: string): Promise<string[]> {
  const text = await Bun.file("/proc/net/dev").text();
  return text
    .split("\n")
    .map((line) => line.trim().split(":")[0] ?? "")
    .filter((name) => name.startsWith(bridgePrefix(machine)));
}
