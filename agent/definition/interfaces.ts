import { anyFields, fieldsOf, oneOf, textOf } from "./fields.ts";
import { isName, NAME_SHAPE, parseReference, REFERENCE_SHAPE, type Reference } from "./names.ts";
import { type Problems, quoted } from "./problems.ts";
import type { Field, Value } from "./tree.ts";
import * as values from "./values.ts";

export const INTERFACES = ["mount", "tunnel", "gpu", "ssh-agent", "camera", "audio", "custom-device"] as const;
export type Interface = (typeof INTERFACES)[number];

export type Side = "plug" | "slot";

/** Canonical: paths expanded, modes numbers, defaults filled. */
export type Attributes = ReadonlyMap<string, string | number | boolean>;

/** What an SDK may use of its machine or another SDK (a plug), or offers (a slot). */
export interface End {
  interface: Interface;
  attributes: Attributes;
}

/** A plug that is another one: both get what that one gets. */
export interface Bound {
  bind: Reference;
}

export type Plug = End | Bound;

/** A plug or slot, and where it stands. */
export interface Written<T> {
  at: number;
  end: T;
}

/** A plug or slot as it is read. */
interface Named extends Field {
  name: string;
}

interface Attribute {
  parse(text: string, sdk: string): string | number | boolean | undefined;
  shape: string;
  required?: true;
}

const PATH = { parse: values.parsePath, shape: values.PATH_SHAPE, required: true } as const;
const ID = { parse: values.parseId, shape: values.ID_SHAPE };
const ENDPOINT = { endpoint: { parse: values.parseEndpoint, shape: values.ENDPOINT_SHAPE } };
const USB_ID = { parse: values.parseUsbId, shape: "four hexadecimal digits, as lsusb shows them: 0bda" };
const SUBSYSTEM = {
  parse: (text: string) => (/^[a-z][a-z0-9_-]{0,39}$/.test(text) ? text : undefined),
  shape: "a kernel subsystem, like tty",
};
const NONE: Record<string, Attribute> = {};

export const ATTRIBUTES: Record<Interface, Record<Side, Record<string, Attribute>>> = {
  mount: {
    plug: {
      "workshop-target": PATH,
      "read-only": { parse: values.parseFlag, shape: "true or false" },
      mode: { parse: values.parseMode, shape: values.MODE_SHAPE },
      uid: ID,
      gid: ID,
    },
    slot: { "workshop-source": PATH },
  },
  tunnel: { plug: ENDPOINT, slot: ENDPOINT },
  gpu: { plug: NONE, slot: NONE },
  "ssh-agent": { plug: NONE, slot: NONE },
  camera: { plug: NONE, slot: NONE },
  audio: { plug: NONE, slot: NONE },
  "custom-device": { plug: { subsystem: SUBSYSTEM, vendorid: USB_ID, productid: USB_ID }, slot: NONE },
};

const BIND = "bind";

/** The `plugs` of an sdk.yaml. @param sdk whose they are */
export const readPlugs = (field: Field | undefined, sdk: string, problems: Problems): Map<string, Written<End>> =>
  readEnds(field, "plug", problems, (name) => readEnd(name, "plug", sdk, problems));

/** The `plugs` of an SDK in a workshop.yaml, where one may be another SDK's. */
export const readBindablePlugs = (field: Field | undefined, sdk: string, problems: Problems): Map<string, Written<Plug>> =>
  readEnds<Plug>(field, "plug", problems, (name) => {
    const bound = name.value.kind === "map" && name.value.fields.get(BIND);
    return bound ? readBind(name.value, bound, problems) : readEnd(name, "plug", sdk, problems);
  });

export const readSlots = (field: Field | undefined, sdk: string, problems: Problems): Map<string, Written<End>> =>
  readEnds(field, "slot", problems, (name) => readEnd(name, "slot", sdk, problems));

/** Of one SDK; each is a mount, a device or a socket of every seat. */
const ENDS_LIMIT = 50;

function readEnds<T>(
  field: Field | undefined,
  side: Side,
  problems: Problems,
  read: (named: Named) => T | undefined,
): Map<string, Written<T>> {
  const ends = new Map<string, Written<T>>();
  if (!field || field.value.kind === "nothing") return ends;
  for (const [name, { at, value }] of anyFields(field.value, `${side}s`, "“cache: mount”", problems) ?? []) {
    if (ends.size === ENDS_LIMIT) {
      problems.add(at, `An SDK has at most ${ENDS_LIMIT} ${side}s; this is one more.`);
      break;
    }
    if (!isName(name)) problems.add(at, `A ${side} is called ${quoted(name)}. Its name has to be ${NAME_SHAPE}.`);
    const end = read({ name, at, value });
    if (end !== undefined) ends.set(name, { at, end });
  }
  return ends;
}

function readBind(plug: Value, to: Field, problems: Problems): Bound | undefined {
  fieldsOf(plug, "a plug with bind", [BIND], problems);
  const text = textOf(to, "“bind”", problems, { accepts: (name) => parseReference(name) !== undefined, shape: REFERENCE_SHAPE });
  const bind = text === undefined ? undefined : parseReference(text);
  return bind && { bind };
}

/** A mapping with its interface, an interface alone, or nothing: then the name is the interface. */
function readEnd(name: Named, side: Side, sdk: string, problems: Problems): End | undefined {
  const { value } = name;
  const written = interfaceOf(name);
  if (!written)
    return problems.add(name.at, `The ${side} ${quoted(name.name)} needs an interface: one of ${INTERFACES.join(", ")}.`);
  const kind = oneOf(written, `The interface of ${quoted(name.name)}`, INTERFACES, problems);
  if (!kind) return undefined;
  const known = ATTRIBUTES[kind][side];
  const fields =
    value.kind === "map" ? fieldsOf(value, `a ${kind} ${side}`, ["interface", ...Object.keys(known)], problems) : undefined;
  const attributes = new Map<string, string | number | boolean>();
  for (const [key, attribute] of Object.entries(known)) {
    const field = fields?.get(key);
    const read = field && readAttribute(field, key, attribute, sdk, problems);
    if (read !== undefined) attributes.set(key, read);
    if (!field && attribute.required)
      problems.add(name.at, `The ${kind} ${side} ${quoted(name.name)} needs “${key}”: ${attribute.shape}.`);
  }
  if (kind === "custom-device" && side === "plug") checkDevice(name, attributes, problems);
  return { interface: kind, attributes: kind === "mount" && side === "plug" ? withMountDefaults(attributes) : attributes };
}

function interfaceOf({ name, at, value }: Named): Field | undefined {
  if (value.kind === "map") return value.fields.get("interface");
  return value.kind === "nothing" ? { at, value: { kind: "text", at, text: name } } : { at, value };
}

function readAttribute(field: Field, key: string, { parse, shape }: Attribute, sdk: string, problems: Problems) {
  const text = textOf(field, `“${key}”`, problems, { accepts: (written) => parse(written, sdk) !== undefined, shape });
  return text === undefined ? undefined : parse(text, sdk);
}

function checkDevice({ at, name }: Named, attributes: Attributes, problems: Problems): void {
  if (attributes.size === 0)
    problems.add(at, `The device ${quoted(name)} needs “subsystem”, “vendorid” or both, or nobody knows which is meant.`);
  if (attributes.has("productid") && !attributes.has("vendorid"))
    problems.add(at, `The device ${quoted(name)} has a “productid”; it needs a “vendorid” too.`);
}

/** The learner's own where the learner's files are, else root's. In a set order, so that equal ones are written alike. */
function withMountDefaults(given: Attributes): Attributes {
  const target = given.get("workshop-target") ?? "";
  const owner = values.belongsToLearner(String(target)) ? values.LEARNER_ID : 0;
  const uid = given.get("uid") ?? owner;
  const mode = given.get("mode") ?? (uid === 0 ? 0o755 : 0o775);
  return new Map([
    ["workshop-target", target],
    ["read-only", given.get("read-only") ?? false],
    ["mode", mode],
    ["uid", uid],
    ["gid", given.get("gid") ?? owner],
  ]);
}

export const sameEnd = (one: End, other: End): boolean => asText(one) === asText(other);
const asText = ({ interface: kind, attributes }: End): string => JSON.stringify([kind, [...attributes].sort()]);
