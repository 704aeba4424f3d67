import { type Call, param, type Route } from "../call.ts";
import { notFound, Refusal } from "../refusal.ts";
import { linkTo, newId, timeText } from "./addresses.ts";
import { checkName } from "./limits.ts";
import { listed } from "./lists.ts";
import { networkFor, networkLink } from "./networks.ts";
import { begin, repeated } from "./operations.ts";
import { checkedResource } from "./schema.ts";
import type { Named, Operation } from "./state.ts";

/** A rule without a protocol is refused: that is what a misnamed `IPProtocol` becomes. */
function insert(call: Call): Operation {
  const { world, body } = call;
  const known = repeated(call);
  if (known) return known;
  const { name, allowed = [], denied = [], network, ...rule } = checkedResource<Wish>("Firewall", body);
  checkName(name);
  if (allowed.length + denied.length === 0) throw required("allowed");
  for (const [i, { IPProtocol }] of allowed.entries()) if (!IPProtocol) throw required(`allowed[${i}].IPProtocol`);
  const path = `global/firewalls/${name}`;
  if (world.compute.firewalls.has(name))
    throw new Refusal(409, "alreadyExists", `The resource 'projects/${world.project}/${path}' already exists`);
  const id = newId(world);
  const defaults = { direction: "INGRESS", priority: 1000, disabled: false, logConfig: { enable: false } };
  // From anywhere, unless it says from where.
  const from = rule.sourceRanges || rule.sourceTags || rule.direction === "EGRESS" ? {} : { sourceRanges: ["0.0.0.0/0"] };
  const own = {
    ...{ kind: "compute#firewall", id, name, creationTimestamp: timeText(world.clock.now()) },
    ...{ network: networkLink(world, networkFor(world, network, "resource.network")), selfLink: linkTo(world, path) },
  };
  world.compute.firewalls.set(name, {
    ...defaults,
    ...from,
    ...rule,
    ...own,
    ...(allowed.length > 0 ? { allowed } : { denied }),
  });
  world.history.made("firewall", path, world.clock.now());
  return begin(call, { type: "insert", target: path, targetId: id, ms: world.times.operation });
}

interface Rule {
  IPProtocol?: string;
}

interface Wish extends Record<string, unknown> {
  name?: string;
  network?: string;
  allowed?: Rule[];
  denied?: Rule[];
}

const required = (field: string) =>
  new Refusal(400, "required", `Invalid value for field 'resource.${field}': ''. Required field is missing.`);

function found(call: Call): Named {
  const name = param(call, "firewall");
  const firewall = call.world.compute.firewalls.get(name);
  if (firewall) return firewall;
  throw notFound(`The resource 'projects/${call.world.project}/global/firewalls/${name}' was not found`);
}

function remove(call: Call): Operation {
  const { world } = call;
  const known = repeated(call);
  if (known) return known;
  const { name, id } = found(call);
  world.compute.firewalls.delete(name);
  world.history.gone("firewall", `global/firewalls/${name}`, world.clock.now(), "request");
  return begin(call, { type: "delete", target: `global/firewalls/${name}`, targetId: id, ms: world.times.operation });
}

const ROOM = "/compute/v1/projects/{project}/global/firewalls";

export const firewallRoutes: Route[] = [
  ["POST", ROOM, insert],
  ["GET", ROOM, (call) => listed(call, "compute#firewallList", "global/firewalls", [...call.world.compute.firewalls.values()])],
  ["GET", `${ROOM}/{firewall}`, found],
  ["DELETE", `${ROOM}/{firewall}`, remove],
];
