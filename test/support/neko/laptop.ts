import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { openRelay, type Way } from "../networks/ways.ts";

/** A learner's computer with a line to this one: media goes through this one's firewall, as a stranger's does. */
export interface Laptop {
  /** This computer's address, as the laptop sees it. */
  address: string;
  /** @returns a program that is this one on the laptop */
  program(path: string): string;
  /** What listens on this computer's loopback is on the laptop's, too: `localhost` is where it was. */
  bring(port: number): Promise<void>;
  /** From now on nothing passes the line; what was brought stays, as the way by https would. @param protocol `all` for each */
  cut(protocol: "udp" | "all"): Promise<void>;
  mend(): Promise<void>;
  end(): Promise<void>;
}

/** For benchmarks of networks (RFC 2544): nobody has them. */
const NETWORK = "198.18";

/** Needs root. */
export async function openLaptop(): Promise<Laptop> {
  const name = `ctl${Bun.randomUUIDv7().slice(-6)}`;
  const part = process.pid % 256;
  const [here, there] = [`${NETWORK}.${part}.1`, `${NETWORK}.${part}.2`];
  const room = mkdtempSync(join(tmpdir(), "ct-laptop-"));
  const namespace = `/run/netns/${name}`;
  const inside = (...argv: string[]) => $`nsenter --net=${namespace} ${argv}`.quiet();
  await $`ip netns add ${name}`.quiet();
  await inside("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  await $`ip link add ${name} type veth peer name line netns ${name}`.quiet();
  await $`ip addr add ${here}/30 dev ${name}`.quiet();
  await $`ip link set ${name} up`.quiet();
  await inside("ip", "addr", "add", `${there}/30`, "dev", "line");
  for (const device of ["lo", "line"]) await inside("ip", "link", "set", device, "up");
  await inside("ip", "route", "add", "default", "via", here);
  const ways: Way[] = [];
  return {
    address: here,
    program(path) {
      const script = join(room, path.replaceAll("/", "-"));
      writeFileSync(script, `#!/bin/sh\nexec nsenter --net=${namespace} ${path} "$@"\n`);
      chmodSync(script, 0o755);
      return script;
    },
    async bring(port) {
      ways.push(await openRelay({ edge: namespace, port, to: { hostname: "127.0.0.1", port } }));
    },
    async cut(protocol) {
      for (const rule of ["INPUT -i line", "OUTPUT -o line"])
        await inside("iptables", "-w", "-A", ...rule.split(" "), "-p", protocol, "-j", "DROP");
    },
    async mend() {
      for (const chain of ["INPUT", "OUTPUT"]) await inside("iptables", "-w", "-F", chain);
    },
    async end() {
      for (const way of ways) await way.end();
      await $`ip netns del ${name}`.quiet().nothrow();
      rmSync(room, { recursive: true, force: true });
    },
  };
}
