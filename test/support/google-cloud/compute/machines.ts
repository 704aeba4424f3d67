import type { World } from "../world.ts";
import { lastOf, linkTo, newAddress, newId, timeText } from "./addresses.ts";
import { type Disk, type Machine, machineKey } from "./state.ts";

/** The body of an insert, where the emulator looks at it. */
export interface Wish extends Record<string, unknown> {
  name: string;
  machineType: string;
  disks: WishedDisk[];
  networkInterfaces: (Machine["instance"]["networkInterfaces"][number] & Record<string, unknown> & WishedNetwork)[];
  labels?: Record<string, string>;
  tags?: { items?: string[] };
  metadata?: { items?: { key: string; value: string }[] };
  scheduling?: { maxRunDuration?: { seconds?: string | number }; instanceTerminationAction?: string; provisioningModel?: string };
}

interface WishedNetwork {
  network?: string;
  subnetwork?: string;
  stackType?: string;
}

interface WishedDisk {
  boot?: boolean;
  autoDelete?: boolean;
  deviceName?: string;
  initializeParams?: {
    sourceImage?: string;
    diskSizeGb?: string | number;
    diskType?: string;
    diskName?: string;
    labels?: Record<string, string>;
  };
}

const IMAGE_GB = 10;

export function diskOf(world: World, zone: string, { name }: Wish, wished: WishedDisk, index: number) {
  const params = wished.initializeParams ?? {};
  const diskName = params.diskName ?? (index === 0 ? name : `${name}-${index}`);
  const disk: Disk = {
    id: newId(world),
    name: diskName,
    zone,
    sizeGb: String(params.diskSizeGb ?? IMAGE_GB),
    type: lastOf(params.diskType ?? "pd-standard"),
    sourceImage: params.sourceImage ?? "",
    labels: params.labels ?? {},
    createdAt: world.clock.now(),
    user: name,
  };
  world.compute.disks.set(machineKey(zone, diskName), disk);
  const shown = {
    ...{ kind: "compute#attachedDisk", type: "PERSISTENT", mode: "READ_WRITE", interface: "SCSI", index },
    source: linkTo(world, `zones/${zone}/disks/${diskName}`),
    deviceName: wished.deviceName ?? `persistent-disk-${index}`,
    boot: wished.boot ?? false,
    autoDelete: wished.autoDelete ?? false,
    diskSizeGb: disk.sizeGb,
  };
  return { disk, shown, autoDelete: wished.autoDelete ?? false };
}

export function keepDisks(world: World, { zone, disks, instance }: Machine): void {
  for (const { name } of disks) world.history.made("disk", `zones/${zone}/disks/${name}`, world.clock.now(), instance.labels);
}

/** PROVISIONING → STAGING → RUNNING; its time to live starts there. */
export function provision(world: World, machine: Machine, from: number): void {
  const { instance } = machine;
  const lives = () =>
    world.compute.machines.get(machineKey(machine.zone, instance.name)) === machine && instance.status !== "STOPPING";
  world.clock.at(from + world.times.provision, (time) => {
    if (!lives()) return;
    instance.status = "STAGING";
    for (const each of instance.networkInterfaces)
      for (const access of each.accessConfigs ?? []) access.natIP ??= newAddress(world);
    world.clock.at(time + world.times.stage, (now) => {
      if (lives()) run(world, machine, now);
    });
  });
}

function run(world: World, machine: Machine, time: number): void {
  const { instance } = machine;
  instance.status = "RUNNING";
  instance.cpuPlatform = "AMD Rome";
  instance.lastStartTimestamp = timeText(time);
  write(machine, `Booting ${instance.name}\n`);
  const { maxRunDuration, instanceTerminationAction } = instance.scheduling as NonNullable<Wish["scheduling"]>;
  const seconds = Number(maxRunDuration?.seconds ?? 0);
  if (seconds > 0) {
    instance.resourceStatus = { scheduling: { terminationTimestamp: timeText(time + seconds * 1000) } };
    world.clock.at(time + seconds * 1000, (now) => end(world, machine, now, instanceTerminationAction === "DELETE"));
  }
  for (const watcher of world.compute.watchers) watcher(machine, "running");
}

/** At the end of its time: deleted by Google, or stopped. */
function end(world: World, machine: Machine, time: number, isDeleted: boolean): void {
  if (world.compute.machines.get(machineKey(machine.zone, machine.instance.name)) !== machine) return;
  machine.instance.status = "STOPPING";
  world.clock.at(time + world.times.delete, (now) => {
    if (isDeleted) return forget(world, machine, now, "maxRunDuration");
    machine.instance.status = "TERMINATED";
    delete machine.instance.resourceStatus;
  });
}

/** It is gone, and its disks are that go with it. @param never it never came up: no disk of it was made */
export function forget(world: World, machine: Machine, time: number, why: string, never = false): void {
  const { zone, disks, instance } = machine;
  const key = machineKey(zone, instance.name);
  if (world.compute.machines.get(key) !== machine) return;
  world.compute.machines.delete(key);
  world.history.gone("instance", `zones/${zone}/instances/${instance.name}`, time, why);
  for (const { name, autoDelete } of disks) {
    if (autoDelete || never) forgetDisk(world, zone, name, time, why);
    else delete world.compute.disks.get(machineKey(zone, name))?.user;
  }
  for (const watcher of world.compute.watchers) watcher(machine, "gone");
}

export function forgetDisk(world: World, zone: string, name: string, time: number, why: string): void {
  if (world.compute.disks.delete(machineKey(zone, name))) world.history.gone("disk", `zones/${zone}/disks/${name}`, time, why);
}

/** What a serial port keeps. */
const SERIAL_MOST = 1024 * 1024;

export function write(machine: Machine, text: string): void {
  machine.serial += text;
  const over = machine.serial.length - SERIAL_MOST;
  if (over <= 0) return;
  machine.serial = machine.serial.slice(over);
  machine.serialStart += over;
}
