import { type Call, param, type Route } from "../call.ts";
import { notFound, Refusal } from "../refusal.ts";
import { linkTo, timeText } from "./addresses.ts";
import { EMPTY_FINGERPRINT, fingerprintOf } from "./fingerprints.ts";
import { aggregated, listed } from "./lists.ts";
import { forgetDisk } from "./machines.ts";
import { diskShown } from "./new-disk.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone } from "./places.ts";
import { type Disk, machineKey, type Operation } from "./state.ts";

function shown({ world }: Call, disk: Disk) {
  const { zone, labels, createdAt, user } = disk;
  const filled = Object.keys(labels).length > 0;
  return {
    ...diskShown(world, disk),
    creationTimestamp: timeText(createdAt),
    ...(user && { users: [linkTo(world, `zones/${zone}/instances/${user}`)], lastAttachTimestamp: timeText(createdAt) }),
    labelFingerprint: filled ? fingerprintOf(labels, disk.id) : EMPTY_FINGERPRINT,
    ...(filled && { labels }),
  };
}

function found(call: Call): Disk {
  const [zone, name] = [checkZone(call.world, param(call, "zone")), param(call, "disk")];
  const disk = call.world.compute.disks.get(machineKey(zone, name));
  if (disk) return disk;
  throw notFound(`The resource 'projects/${call.world.project}/zones/${zone}/disks/${name}' was not found`);
}

function remove(call: Call): Operation {
  const known = repeated(call);
  if (known) return known;
  const { zone, name, id, user } = found(call);
  const { world } = call;
  const target = `zones/${zone}/disks/${name}`;
  if (user)
    throw new Refusal(
      400,
      "resourceInUseByAnotherResource",
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

const disksOf = ({ world: { compute } }: Call) => [...compute.disks.values()];

function list(call: Call): unknown {
  const zone = checkZone(call.world, param(call, "zone"));
  const own = disksOf(call).filter((disk) => disk.zone === zone);
  return listed(
    call,
    "compute#diskList",
    `zones/${zone}/disks`,
    own.map((disk) => shown(call, disk)),
  );
}

function everywhere(call: Call): unknown {
  const all = disksOf(call).map((disk) => ({ scope: `zones/${disk.zone}`, resource: shown(call, disk) }));
  return aggregated(call, "compute#diskAggregatedList", "disks", all);
}

const ROOT = "/compute/v1/projects/{project}";
const ONE = `${ROOT}/zones/{zone}/disks/{disk}`;

export const diskRoutes: Route[] = [
  ["GET", `${ROOT}/zones/{zone}/disks`, list],
  ["GET", ONE, (call) => shown(call, found(call))],
  ["DELETE", ONE, remove],
  ["GET", `${ROOT}/aggregated/disks`, everywhere],
];
