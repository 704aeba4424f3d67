import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";

/** Networks are the kernel's, and only root may make them. */
export const canHaveNetworks = process.getuid?.() === 0 && ["ip", "tc", "iptables"].every((name) => Bun.which(name) !== null);

/** Addresses for benchmarks of networks (RFC 2544): nobody has them. Each network is alone with itself, so all have the same. */
const [LEARNER, EDGE] = ["198.19.0.2", "198.19.0.1"];
/** What a cheap router at the end of a line holds before it drops; and what it lets through at once. */
const [QUEUE, BURST] = ["400ms", "16kb"];

/** What a line does to packets. */
export interface Conditions {
  /** A protocol of which nothing passes: `udp`. */
  without?: string;
  /** Each way, as tc writes it: `2mbit`. */
  rate?: string;
  /** The part of all packets that is lost each way: 0.02. */
  loss?: number;
}

/** A learner's network: a line between her computer and its edge, behind which nothing is but what a test puts there. */
export interface Network {
  /** The file of the namespace in which the edge's servers listen. */
  edge: string;
  /** The edge's address, as learners see it: the only one that they reach. */
  address: string;
  /** @returns a program that is this one on the learner's computer */
  program(path: string): string;
  /** From now on the line has this rate each way, as tc writes it; undefined: none. */
  pace(rate: string | undefined): Promise<void>;
  end(): Promise<void>;
}

/** Needs root. None of the computer's own networks changes. */
export async function openNetwork({ without, rate, loss }: Conditions = {}): Promise<Network> {
  const name = `ctn${Bun.randomUUIDv7().slice(-6)}`;
  const [learner, edge] = [`${name}l`, `${name}e`];
  const room = mkdtempSync(join(tmpdir(), "ct-network-"));
  for (const side of [learner, edge]) {
    await $`ip netns add ${side}`.quiet();
    // An address that comes by itself a second later would be a change of networks to a browser.
    await $`nsenter --net=/run/netns/${side} sh -c ${"echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"}`.quiet();
  }
  await $`ip link add line netns ${learner} type veth peer name line netns ${edge}`.quiet();
  for (const [side, address] of [
    [learner, LEARNER],
    [edge, EDGE],
  ]) {
    await $`ip -n ${side} addr add ${address}/30 dev line`.quiet();
    for (const device of ["lo", "line"]) await $`ip -n ${side} link set ${device} up`.quiet();
  }
  const pace = async (rate: string | undefined) => {
    for (const side of [learner, edge]) {
      if (rate) await $`tc -n ${side} qdisc replace dev line root tbf rate ${rate} burst ${BURST} latency ${QUEUE}`.quiet();
      else await $`tc -n ${side} qdisc del dev line root`.quiet().nothrow();
    }
  };
  await pace(rate);
  const drop = (...rule: string[]) => $`nsenter --net=/run/netns/${learner} iptables -A ${rule} -j DROP`.quiet();
  for (const [chain, way] of [
    ["INPUT", "-i"],
    ["OUTPUT", "-o"],
  ] as const) {
    if (without) await drop(chain, way, "line", "-p", without);
    if (loss) await drop(chain, way, "line", "-m", "statistic", "--mode", "random", "--probability", String(loss));
  }
  return {
    edge: `/run/netns/${edge}`,
    address: EDGE,
    pace,
    program: (path) => {
      const script = join(room, path.replaceAll("/", "-"));
      writeFileSync(script, `#!/bin/sh\nexec nsenter --net=/run/netns/${learner} ${path} "$@"\n`);
      chmodSync(script, 0o755);
      return script;
    },
    end: async () => {
      for (const side of [learner, edge]) await $`ip netns del ${side}`.quiet().nothrow();
      rmSync(room, { recursive: true, force: true });
    },
  };
}
