import { type Call, param, type Route } from "../call.ts";
import { invalid } from "../refusal.ts";
import { change, foundMachine, pathOf } from "./found.ts";
import { insert } from "./insert.ts";
import { aggregated, listed } from "./lists.ts";
import { forget, provision, stopped } from "./machines.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone } from "./places.ts";
import type { Operation } from "./state.ts";

function list(call: Call): unknown {
  const zone = checkZone(call.world, param(call, "zone"));
  const own = [...call.world.compute.machines.values()].filter((machine) => machine.zone === zone);
  return listed(
    call,
    "compute#instanceList",
    `zones/${zone}/instances`,
    own.map(({ instance }) => instance),
  );
}

function everywhere(call: Call): unknown {
  const machines = [...call.world.compute.machines.values()];
  const all = machines.map(({ zone, instance }) => ({ scope: `zones/${zone}`, resource: instance }));
  return aggregated(call, "compute#instanceAggregatedList", "instances", all);
}

/** Once more while it goes: the second operation fails, the first goes on. */
function remove(call: Call): Operation {
  const { world } = call;
  const known = repeated(call);
  if (known) return known;
  const machine = foundMachine(call);
  const { instance, zone } = machine;
  const path = pathOf(machine);
  if (instance.deletionProtection === true)
    throw invalid(`Invalid value for field 'resource.deletionProtection': 'true'. The instance '${instance.name}' is protected.`);
  const before = instance.status;
  const goes = before === "STOPPING";
  if (!goes) instance.status = "STOPPING";
  return begin(call, {
    ...{ type: "delete", target: path, targetId: instance.id, zone, ms: world.times.delete },
    finish: (time) => {
      if (goes) return notReady(`The resource 'projects/${world.project}/${path}' is not ready`);
      forget(world, machine, time, "request");
      return undefined;
    },
    fail: () => {
      if (!goes) instance.status = before;
    },
  });
}

const notReady = (message: string) => ({ code: "RESOURCE_NOT_READY", message, status: 400 });

/** It keeps its disks. */
function stop(call: Call): Operation {
  const { world } = call;
  const known = repeated(call);
  if (known) return known;
  const machine = foundMachine(call);
  const { instance, zone } = machine;
  const isUp = instance.status !== "TERMINATED" && instance.status !== "STOPPING";
  if (isUp) instance.status = "STOPPING";
  return begin(call, {
    ...{ type: "stop", target: pathOf(machine), targetId: instance.id, zone, ms: world.times.delete },
    finish: (time) => {
      if (isUp) stopped(world, machine, time);
      return undefined;
    },
  });
}

function start(call: Call): Operation {
  const { times, clock } = call.world;
  const known = repeated(call);
  if (known) return known;
  const machine = foundMachine(call);
  const { instance, zone } = machine;
  if (instance.status === "TERMINATED") {
    instance.status = "PROVISIONING";
    provision(call.world, machine, clock.now());
  }
  const ms = times.provision + times.stage;
  return begin(call, { type: "start", target: pathOf(machine), targetId: instance.id, zone, ms });
}

const ROOT = "/compute/v1/projects/{project}";
const ROOM = `${ROOT}/zones/{zone}/instances`;
const ONE = `${ROOM}/{instance}`;

export const instanceRoutes: Route[] = [
  ["POST", ROOM, insert],
  ["GET", ROOM, list],
  ["GET", `${ROOT}/aggregated/instances`, everywhere],
  ["GET", ONE, (call) => foundMachine(call).instance],
  ["DELETE", ONE, remove],
  ["POST", `${ONE}/stop`, stop],
  ["POST", `${ONE}/start`, start],
  ["POST", `${ONE}/reset`, (call) => change(call, "reset", () => {})],
];
