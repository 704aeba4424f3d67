import type { Shelf } from "./catalogue.ts";
import { fieldsOf, listOf, textOf } from "./fields.ts";
import { type Bound, type End, type Plug, type Side, sameEnd } from "./interfaces.ts";
import { nameOf, parseReference, REFERENCE_SHAPE, type Reference } from "./names.ts";
import { type Problems, quoted } from "./problems.ts";
import type { ListedSdk } from "./sdk-list.ts";
import type { Field, Value } from "./tree.ts";
import { portOf } from "./values.ts";

/** A plug that is to be connected though it would not be by itself. */
export interface Connection {
  plug: Reference;
  slot: Reference;
}

/** The file's `connections`, each once. */
export function readConnections(
  field: Field | undefined,
  sdks: readonly ListedSdk[],
  shelf: Shelf,
  problems: Problems,
): Connection[] {
  const connections = new Map<string, Connection>();
  for (const item of field ? listOf(field, "“connections”", problems) : []) {
    const connection = readConnection(item, new Ends(sdks, shelf), problems);
    if (connection) connections.set(`${nameOf(connection.plug)} ${nameOf(connection.slot)}`, connection);
  }
  return [...connections.values()];
}

function readConnection(item: Value, ends: Ends, problems: Problems): Connection | undefined {
  const fields = fieldsOf(item, "a connection", ["plug", "slot"], problems);
  if (!fields) return undefined;
  const plug = readEndOf(fields.get("plug"), "plug", item.at, ends, problems);
  const slot = readEndOf(fields.get("slot"), "slot", item.at, ends, problems);
  if (!plug || !slot) return undefined;
  if ("bind" in plug.end)
    return problems.add(
      plug.at,
      `${nameOf(plug.name)} is bound to ${nameOf(plug.end.bind)} and gets what that one gets. Connect that one.`,
    );
  if (plug.end.interface !== (slot.end as End).interface)
    return problems.add(
      slot.at,
      `${nameOf(plug.name)} is a ${plug.end.interface} and ${nameOf(slot.name)} a ${(slot.end as End).interface}: they can't be connected. Name a slot that is a ${plug.end.interface}.`,
    );
  return { plug: plug.name, slot: slot.name };
}

function readEndOf(field: Field | undefined, side: Side, at: number, ends: Ends, problems: Problems) {
  if (!field)
    return problems.add(
      at,
      `“${side}” is missing. Add a line like “${side}: ${side === "plug" ? "node:cache" : "system:mount"}”.`,
    );
  const accepts = (text: string) => parseReference(text) !== undefined;
  const text = textOf(field, `“${side}”`, problems, { accepts, shape: REFERENCE_SHAPE });
  const name = text === undefined ? undefined : parseReference(text);
  const end = name && ends.find(side, name, field.value.at, problems);
  return end && { name, end, at: field.value.at };
}

/** Plugs and slots by name: what the file says of an SDK's counts more than what the SDK says itself. */
class Ends {
  constructor(
    private readonly sdks: readonly ListedSdk[],
    private readonly shelf: Shelf,
  ) {}

  /** Says what there is instead, when there is none of this name. */
  find(side: Side, { sdk, name }: Reference, at: number, problems: Problems): Plug | undefined {
    const listed = this.sdks.find((one) => one.name === sdk);
    if (!listed)
      return problems.add(
        at,
        `The SDK ${quoted(sdk)} is not in the list. In it are ${this.sdks.map((one) => one.name).join(", ")}.`,
      );
    const sdkItself = this.ownOf(listed);
    const own = sdkItself?.[`${side}s`];
    const end = listed[`${side}s`].get(name)?.end ?? own?.get(name);
    if (end || sdkItself?.unread) return end;
    const names = [...new Set([...listed[`${side}s`].keys(), ...(own?.keys() ?? [])])];
    const instead = names.length > 0 ? `It has ${some(names)}` : "It has none";
    return problems.add(
      at,
      `The SDK ${quoted(sdk)} has no ${side} ${quoted(name)}. ${instead}; others can be added below its name.`,
    );
  }

  ownOf({ source, name }: ListedSdk) {
    return this.shelf[source]?.get(name);
  }

  /** Every plug that is there in the end. */
  *plugs(): Generator<{ sdk: ListedSdk; name: string; at: number; plug: Plug }> {
    for (const sdk of this.sdks) {
      for (const [name, { at, end }] of sdk.plugs) yield { sdk, name, at, plug: end };
      for (const [name, end] of this.ownOf(sdk)?.plugs ?? [])
        if (!sdk.plugs.has(name)) yield { sdk, name, at: sdk.at, plug: end };
    }
  }
}

/** Of a list in a sentence. */
const NAMES_SHOWN = 12;

const some = (names: readonly string[]): string =>
  names.length > NAMES_SHOWN
    ? `${names.slice(0, NAMES_SHOWN).join(", ")} and ${names.length - NAMES_SHOWN} more`
    : names.join(", ");

/** A bound plug is another one's twin: there, unbound, of another SDK that isn't the system, and alike. */
export function checkBinds(sdks: readonly ListedSdk[], shelf: Shelf, problems: Problems): void {
  const ends = new Ends(sdks, shelf);
  for (const { sdk, name, at, plug } of ends.plugs())
    if ("bind" in plug) checkBind({ sdk: sdk.name, name }, plug, ends.ownOf(sdk)?.plugs.get(name), at, ends, problems);
}

function checkBind(self: Reference, { bind }: Bound, own: End | undefined, at: number, ends: Ends, problems: Problems): void {
  const why = senseless(self, bind) ?? unfit(ends.find("plug", bind, at, problems), own);
  if (why) problems.add(at, `${nameOf(self)} can't be bound to ${nameOf(bind)}: ${why}`);
}

function senseless(self: Reference, bind: Reference): string | undefined {
  if (self.sdk === "system" || bind.sdk === "system") return "the system's plugs are neither bound nor bound to.";
  return nameOf(self) === nameOf(bind) ? "that is itself." : undefined;
}

/** Chains and circles alike: who is bound to is bound to nobody. */
function unfit(target: Plug | undefined, own: End | undefined): string | undefined {
  if (!target) return undefined;
  if ("bind" in target) return "that one is bound itself. Bind both to one that isn't.";
  return own && !sameEnd(own, target) ? "the two differ in their interface or its attributes." : undefined;
}

/** The kernel listens below this for root only. */
const PRIVILEGED = 1024;

/** What a seat has at these places, nobody mounts away; below some of them neither. */
const TAKEN = ["/workspace", "/project", "/home/learner", "/tmp", "/var/tmp", "/bin", "/sbin", "/lib", "/lib64"];
const WHOLLY_TAKEN = ["/var/lib/workshop", "/etc", "/proc", "/sys", "/dev", "/run", "/usr/bin", "/usr/sbin", "/usr/lib"];
const isTaken = (target: string): boolean =>
  [...TAKEN, ...WHOLLY_TAKEN].some((place) => target === place || place.startsWith(`${target}/`)) ||
  WHOLLY_TAKEN.some((place) => target.startsWith(`${place}/`));

/** Mounts that hide each other or the seat's own places, and ports that nobody but root opens. */
export function checkTargets(sdks: readonly ListedSdk[], shelf: Shelf, problems: Problems): void {
  const targets = new Map<string, Reference>();
  for (const { sdk, name, at, plug } of new Ends(sdks, shelf).plugs()) {
    if ("bind" in plug) continue;
    const self = { sdk: sdk.name, name };
    const port = portOf(String(plug.attributes.get("endpoint") ?? ""));
    if (sdk.source === "system" && port !== undefined && port < PRIVILEGED)
      problems.add(at, `${nameOf(self)} would listen on port ${port} of the machine. Take one from ${PRIVILEGED} to 65535.`);
    const target = plug.attributes.get("workshop-target");
    if (typeof target !== "string" || target === "") continue;
    const before = targets.get(target);
    if (before)
      problems.add(
        at,
        `${nameOf(self)} and ${nameOf(before)} are both mounted at ${target}. Bind one to the other (bind: ${nameOf(before)}), or change one.`,
      );
    else targets.set(target, self);
    if (isTaken(target))
      problems.add(at, `${nameOf(self)} would be mounted at ${target}, which the seat needs for itself. Choose another place.`);
  }
}
