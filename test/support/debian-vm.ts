import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BareDebian, SERIAL_FILE } from "./bare-debian.ts";
import { write } from "./google-cloud/compute/machines.ts";
import type { Machine } from "./google-cloud/compute/state.ts";
import { startMetadataServer } from "./google-cloud/metadata-server.ts";
import type { World } from "./google-cloud/world.ts";
import { sh } from "./sh.ts";
import { startSystem } from "./system.ts";

export const METADATA_ADDRESS = "169.254.169.254";
/** The way out of a VM, as its network's first address is in a cloud. */
const GATEWAY = "10.128.0.1";
/** How often the serial port is looked at. */
const LOOK_MS = 50;

/** The disk of a VM: what a start changed on it is there at the next one. */
export interface Disk {
  lower: string;
  upper: string;
  docker: string;
  /** SDKs, as if they had been fetched: there is no registry. */
  tools: string;
  remove(): void;
}

export function newDisk({ root }: BareDebian, tools: string): Disk {
  const room = mkdtempSync(join(tmpdir(), "ct-disk-"));
  const [upper, docker] = [join(room, "upper"), join(room, "docker")];
  for (const path of [upper, docker]) mkdirSync(path);
  return { lower: root, upper, docker, tools, remove: () => rmSync(room, { recursive: true, force: true }) };
}

/** A VM that runs: a whole system beside this one, whose first program is the startup script of its metadata. */
export interface Vm {
  /** What its serial port said. */
  serial(): string;
  run(...argv: string[]): Promise<{ code: number; out: string; err: string }>;
  end(): Promise<void>;
}

/** In a network namespace of the test's own, where all of a cloud's addresses are free. */
export async function powerOn(world: World, machine: Machine, disk: Disk): Promise<Vm> {
  const serialPath = join(disk.upper, "changes", SERIAL_FILE);
  rmSync(serialPath, { force: true });
  const binds = { "var/lib/docker": disk.docker, "var/lib/clarateach/tools": disk.tools };
  const system = await startSystem({ lower: disk.lower, upper: disk.upper, binds });
  const run = (...argv: string[]) => sh(...system.inside(argv));
  const metadata = startMetadataServer(world, machine, undefined, { hostname: METADATA_ADDRESS, port: 80 });
  await connect(machine, system.pid, run);
  await run("systemctl", "start", "--no-block", "google-startup-scripts.service");
  const stopCopying = copySerial(serialPath, machine);
  return {
    serial: () => (existsSync(serialPath) ? readFileSync(serialPath, "utf8") : ""),
    run,
    end: async () => {
      await run("systemctl", "stop", "clarateach-door.service", "clarateach-agent.service");
      await system.end();
      stopCopying();
      await metadata.end();
    },
  };
}

type Run = Vm["run"];

/** One cable; the public address is the cloud's, which leads it to the machine's own (1:1 NAT). */
async function connect({ instance }: Machine, pid: string, run: Run): Promise<void> {
  const [nic] = instance.networkInterfaces;
  const [own, open] = [nic?.networkIP ?? "", nic?.accessConfigs?.[0]?.natIP ?? ""];
  await must(sh("ip", "link", "add", "cloud0", "type", "veth", "peer", "name", "eth0", "netns", pid));
  await must(sh("ip", "addr", "add", `${GATEWAY}/32`, "dev", "cloud0"));
  await must(sh("ip", "link", "set", "cloud0", "up"));
  await must(sh("ip", "route", "add", own, "dev", "cloud0"));
  await must(sh("iptables", "-t", "nat", "-A", "OUTPUT", "-d", open, "-j", "DNAT", "--to-destination", own));
  await must(run("ip", "addr", "add", `${own}/32`, "dev", "eth0"));
  await must(run("ip", "link", "set", "eth0", "up"));
  await must(run("ip", "route", "add", "default", "via", GATEWAY, "dev", "eth0", "onlink"));
  // As DHCP tells it there: whoever resolves names is who tells metadata.
  await must(run("sh", "-c", `echo nameserver ${METADATA_ADDRESS} >/etc/resolv.conf`));
}

async function must(asked: Promise<{ code: number; err: string }>): Promise<void> {
  const { code, err } = await asked;
  if (code !== 0) throw new Error(err);
}

/** What the VM writes, its instance tells. */
function copySerial(path: string, machine: Machine): () => void {
  let copied = 0;
  const copy = () => {
    const all = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (all.length > copied) write(machine, all.slice(copied));
    copied = Math.max(copied, all.length);
  };
  const timer = setInterval(copy, LOOK_MS);
  return () => {
    clearInterval(timer);
    copy();
  };
}
