import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import { linkTo, timeText } from "./addresses.ts";
import { aggregated, listed } from "./lists.ts";
import { forgetDisk } from "./machines.ts";
import { begin } from "./operations.ts";
import { type Disk, machineKey, type Operation } from "./state.ts";

function shown({ world }: Call, disk: Disk): Record<string, unknown> & { name: string; zone: string } {
  const { id, name, zone, sizeGb, type, sourceImage, labels, createdAt, user } = disk;
  return {
    ...{ kind: "compute#disk", id, name, sizeGb, sourceImage, status: "READY" },
    type: linkTo(world, `zones/${zone}/diskTypes/${type}`),
    creationTimestamp: timeText(createdAt),
    zone: linkTo(world, `zones/${zone}`),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(user && { users: [linkTo(world, `zones/${zone}/instances/${user}`)] }),
    selfLink: linkTo(world, `zones/${zone}/disks/${name}`),
  };
}

function found(call: Call): Disk {
  const [zone, name] = [param(call, "zone"), param(call, "disk")];
  const disk = call.world.compute.disks.get(machineKey(zone, name));
  if (disk) return disk;
  throw notFound(`The resource 'projects/${call.world.project}/zones/${zone}/disks/${name}' was not found`);
}

function remove(call: Call): Operation {
  const { zone, name, id, user } = found(call);
  const { world } = call;
  const target = `zones/${zone}/disks/${name}`;
  if (user)
    throw invalid(
      `The disk resource 'projects/${world.project}/${target}' is already being used by 'projects/${world.project}/zones/${zone}/instances/${user}'`,
    );
  return begin(call, {
    ...{ type: "delete", target, targetId: id, zone, ms: world.times.operation },
    finish: (time) => {
      forgetDisk(world, zone, name, time, "request");
      return undefined;
    },
  });
}

const all = (call: Call) => [...call.world.compute.disks.values()].map((disk) => shown(call, disk));
const ROOM = "/compute/v1/projects/{project}/zones/{zone}/disks";

export const diskRoutes: Route[] = [
  [
    "GET",
    ROOM,
    (call) => {
      const zone = param(call, "zone");
      const own = all(call).filter((disk) => disk.zone.endsWith(`/zones/${zone}`));
      return listed(call, "compute#diskList", `zones/${zone}/disks`, own);
    },
  ],
  ["GET", `${ROOM}/{disk}`, (call) => shown(call, found(call))],
  ["DELETE", `${ROOM}/{disk}`, remove],
  [
    "GET",
    "/compute/v1/projects/{project}/aggregated/disks",
    (call) => aggregated(call, "compute#diskAggregatedList", "disks", all(call)),
  ],
];
