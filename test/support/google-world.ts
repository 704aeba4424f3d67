import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { write } from "./google-cloud/compute/machines.ts";
import type { Machine } from "./google-cloud/compute/state.ts";
import { writeCredentials } from "./google-cloud/credentials.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud/google-cloud.ts";
import { type NameServer, startNameServer } from "./google-cloud/name-server.ts";
import type { Times } from "./google-cloud/world.ts";
import { leftIn } from "./google-left.ts";
import { googleSettings } from "./google-settings.ts";
import { bootVm, type GoogleVm } from "./google-vm.ts";
import { type Pebble, startPebble } from "./pebble.ts";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

/** The product's gateway on the emulated cloud, whose VMs boot as processes on this computer. */
export interface GoogleClassWorld extends World {
  google: GoogleCloud;
  pebble: Pebble;
  /** The VM of a machine, once it has booted. */
  vm(name: string): Promise<GoogleVm>;
  /** What becomes of a VM that runs: it boots, unless a test says otherwise. */
  whenRunning(then: "boots" | "hangs" | "halts"): void;
  /** Those that hang boot after all, and all that run from now on. */
  goOn(): void;
  /** What is left of classes. */
  left(): string[];
}

export interface GoogleClassWish {
  /** From when a VM runs to the start of its agent. */
  bootMs: number;
  /** How long the cloud takes. */
  times: Partial<Times>;
  zones?: string[];
}

/** What a boot of Debian says, shortened. */
const CONSOLE = [
  "[    0.000000] Linux version 6.1.0-41-cloud-amd64 (debian-kernel@lists.debian.org)",
  "[    2.113482] systemd[1]: Detected virtualization google.",
  "startup-script: clarateach: installing docker.io iptables",
];
/** And one that ends there. */
const HALTED = [
  ...CONSOLE,
  "startup-script: clarateach: the metadata server doesn't answer (none): this machine can't learn what it is for",
];

export async function startGoogleClassWorld({
  bootMs,
  times,
  zones = ["europe-west4-a", "europe-west4-b"],
}: GoogleClassWish): Promise<GoogleClassWorld> {
  const room = await mkdtemp(join(tmpdir(), "ct-google-class-"));
  const google = await startGoogleCloud({
    project: "p1-classes",
    zones,
    managedZones: { ws: "ws.example.com." },
    token: "emu",
    times,
  });
  // Addresses are this computer's: another test's machines have others.
  google.world.compute.counter = Math.floor(Math.random() * 2 ** 21);
  const nameServer: NameServer = await startNameServer(() => google.world.dns.zones.get("ws"));
  const pebble = await startPebble(1, nameServer.address);
  const vms = new Map<string, Promise<GoogleVm>>();
  let running: Parameters<GoogleClassWorld["whenRunning"]>[0] = "boots";
  google.world.compute.watchers.add((machine, what) => {
    const { name } = machine.instance;
    if (what === "running") began(machine);
    if (what !== "gone") return;
    void vms.get(name)?.then((vm) => vm.end());
    vms.delete(name);
  });

  function began(machine: Machine): void {
    for (const line of running === "boots" ? CONSOLE : HALTED) write(machine, `${line}\r\n`);
    if (running === "halts") machine.instance.status = "TERMINATED";
    if (running === "boots") boot(machine);
  }

  function boot({ instance }: Machine): void {
    vms.set(
      instance.name,
      Bun.sleep(bootMs).then(() => bootVm(instance)),
    );
  }

  const world = await startWorld(await productSettings(google, room, [pebble]));
  return {
    ...world,
    google,
    pebble,
    left: () => leftIn(google),
    vm: async (name) => until(`the VM ${name}`, () => vms.get(name)).then((booting) => booting),
    whenRunning: (then) => {
      running = then;
    },
    goOn: () => {
      running = "boots";
      for (const machine of google.world.compute.machines.values())
        if (machine.instance.status === "RUNNING" && !vms.has(machine.instance.name)) boot(machine);
    },
    end: async () => {
      try {
        await world.end();
      } finally {
        for (const vm of vms.values()) await (await vm).end();
        await Promise.all([pebble.end(), nameServer.end(), google.end()]);
        await rm(room, { recursive: true });
      }
    },
  };
}

/** Settings of the product on an emulator. @param room a directory of the test's own @param authorities in the order in which they are asked */
export async function productSettings(
  { port, world: { project, zones } }: GoogleCloud,
  room: string,
  authorities: readonly Pick<Pebble, "directory" | "caPath">[],
): Promise<Record<string, string>> {
  const believed = join(room, "authorities.pem");
  await writeFile(believed, (await Promise.all(authorities.map(({ caPath }) => readFile(caPath, "utf8")))).join("\n"));
  return {
    ...googleSettings(port, project, zones),
    CLARATEACH_RUNTIME: "",
    CLARATEACH_ACME: authorities.map(({ directory }) => directory).join(" "),
    NODE_EXTRA_CA_CERTS: believed,
    GOOGLE_APPLICATION_CREDENTIALS: await writeCredentials(room, port),
  };
}
