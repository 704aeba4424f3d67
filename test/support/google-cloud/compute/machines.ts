import type { World } from "../world.ts";
import { newAddress, timeText } from "./addresses.ts";
import { endOf, type Scheduling } from "./scheduling.ts";
import { type Machine, type MetadataItem, machineKey } from "./state.ts";

/** The body of an insert, where the emulator looks at it. */
export interface Wish extends Record<string, unknown> {
  name: string;
  machineType: string;
  disks: WishedDisk[];
  networkInterfaces: (Machine["instance"]["networkInterfaces"][number] & Record<string, unknown> & WishedNetwork)[];
  labels?: Record<string, string>;
  tags?: { items?: string[] };
  metadata?: { items?: MetadataItem[] };
  scheduling?: Scheduling;
}

interface WishedNetwork {
  network?: string;
  subnetwork?: string;
  stackType?: string;
}

export interface WishedDisk {
  boot?: boolean;
  autoDelete?: boolean;
  deviceName?: string;
  initializeParams?: {
    sourceImage?: string;
    diskSizeGb?: string;
    diskType?: string;
    diskName?: string;
    labels?: Record<string, string>;
  };
}

export function keepDisks(world: World, { zone, disks, instance }: Machine): void {
  for (const { disk, name } of disks) {
    world.compute.disks.set(machineKey(zone, name), disk);
    world.history.made("disk", `zones/${zone}/disks/${name}`, world.clock.now(), instance.labels);
  }
}

const isThere = (world: World, machine: Machine): boolean =>
  world.compute.machines.get(machineKey(machine.zone, machine.instance.name)) === machine;

/** PROVISIONING → STAGING → RUNNING; its time to live starts there. */
export function provision(world: World, machine: Machine, from: number): void {
  const { instance } = machine;
  machine.runs += 1;
  const run = machine.runs;
  const goesOn = () => isThere(world, machine) && machine.runs === run && instance.status !== "STOPPING";
  world.clock.at(from + world.times.provision, (time) => {
    if (!goesOn()) return;
    instance.status = "STAGING";
    for (const each of instance.networkInterfaces)
      for (const access of each.accessConfigs ?? []) access.natIP ??= newAddress(world);
    world.clock.at(time + world.times.stage, (now) => {
      if (goesOn()) runs(world, machine, now, goesOn);
    });
  });
}

function runs(world: World, machine: Machine, time: number, goesOn: () => boolean): void {
  const { instance } = machine;
  instance.status = "RUNNING";
  instance.cpuPlatform = "AMD Rome";
  instance.lastStartTimestamp = timeText(time);
  write(machine, `Booting ${instance.name}\n`);
  const scheduling = instance.scheduling as Scheduling;
  const end = endOf(scheduling, time);
  if (end !== undefined) {
    instance.resourceStatus = { scheduling: { terminationTimestamp: timeText(end) } };
    world.clock.at(end, (now) => goesOn() && ends(world, machine, now, scheduling.instanceTerminationAction === "DELETE"));
  }
  for (const watcher of world.compute.watchers) watcher(machine, "running");
}

/** At the end of its time: deleted by Google, or stopped. */
function ends(world: World, machine: Machine, time: number, isDeleted: boolean): void {
  machine.instance.status = "STOPPING";
  world.clock.at(time + world.times.delete, (now) =>
    isDeleted ? forget(world, machine, now, "maxRunDuration") : stopped(world, machine, now),
  );
}

/** STOPPING → TERMINATED: it keeps its disks, not its address nor the time at which it would have ended. */
export function stopped(world: World, machine: Machine, time: number): void {
  const { instance } = machine;
  if (!isThere(world, machine)) return;
  Object.assign(instance, { status: "TERMINATED", lastStopTimestamp: timeText(time) });
  delete instance.resourceStatus;
  for (const { accessConfigs = [] } of instance.networkInterfaces) for (const access of accessConfigs) delete access.natIP;
  for (const watcher of world.compute.watchers) watcher(machine, "gone");
}

/** It is gone, and its disks are that go with it. @param never it never came up: no disk of it was made */
export function forget(world: World, machine: Machine, time: number, why: string, never = false): void {
  const { zone, disks, instance } = machine;
  if (!isThere(world, machine)) return;
  world.compute.machines.delete(machineKey(zone, instance.name));
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
