import { type Call, param } from "../call.ts";
import { notFound } from "../refusal.ts";
import { checkNameOrId } from "./limits.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone } from "./places.ts";
import { type Machine, machineKey, type Operation } from "./state.ts";

/** The instance that a call's path names, by its name or its number. @throws 404 */
export function foundMachine(call: Call): Machine {
  const { world } = call;
  const [zone, name] = [checkZone(world, param(call, "zone")), param(call, "instance")];
  checkNameOrId(name, "instance");
  const { machines } = world.compute;
  const found =
    machines.get(machineKey(zone, name)) ??
    [...machines.values()].find((each) => each.zone === zone && each.instance.id === name);
  if (found) return found;
  throw notFound(`The resource 'projects/${world.project}/zones/${zone}/instances/${name}' was not found`);
}

export const pathOf = ({ zone, instance }: Machine): string => `zones/${zone}/instances/${instance.name}`;

/** Something of an instance is written at once, and an operation tells so. */
export function change(call: Call, type: string, write: (machine: Machine) => void): Operation {
  const known = repeated(call);
  if (known) return known;
  const machine = foundMachine(call);
  if (call.fault?.kind !== "operation") write(machine);
  const { instance, zone } = machine;
  return begin(call, { type, target: pathOf(machine), targetId: instance.id, zone, ms: call.world.times.operation });
}
