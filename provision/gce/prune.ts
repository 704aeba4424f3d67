/**
 * The part of compute's message types that this provider needs: all of them are 12 MB of JSON, which cost 100 MB of memory, 2 s at the
 * start and half a second for every error that Google answers; these are 0.13 MB.
 *   bun provision/gce/prune.ts FROM TO
 */
import { rename } from "node:fs/promises";

interface ProtoType {
  fields?: Record<string, { type: string }>;
  methods?: Record<string, { requestType: string; responseType: string }>;
  nested?: Record<string, ProtoType>;
}

/** What this provider calls: a method that isn't here is missing at run time. Each needs its permission in `role.yaml`. */
export const METHODS: Record<string, readonly string[]> = {
  Disks: ["AggregatedList", "Delete"],
  Firewalls: ["List"],
  Images: ["Get", "GetFromFamily"],
  Instances: ["AggregatedList", "Delete", "GetSerialPortOutput", "Insert", "List", "SetMetadata"],
  MachineTypes: ["Get"],
  Projects: ["Get"],
  Regions: ["Get"],
  ZoneOperations: ["Get"],
};
const WAY = ["google", "cloud", "compute", "v1"];

/** @param root `protos.json` of `@google-cloud/compute`; stays as it is */
export function prune(root: ProtoType): ProtoType {
  const all = WAY.reduce<ProtoType>((type, name) => type.nested?.[name] ?? {}, root).nested ?? {};
  const kept = new Set<string>();
  const keep = (type: string): void => {
    const found = all[type];
    if (!found || kept.has(type)) return;
    kept.add(type);
    for (const field of typesIn(found)) keep(field);
  };
  const services = Object.entries(METHODS).map(([name, methods]) => [name, onlyMethods(all[name] ?? {}, methods)] as const);
  for (const [, { methods = {} }] of services)
    for (const { requestType, responseType } of Object.values(methods))
      for (const type of [requestType, responseType]) keep(type);
  const types = Object.entries(all).filter(([name]) => kept.has(name));
  return replaced(root, WAY, Object.fromEntries([...types, ...services]));
}

const onlyMethods = ({ methods = {}, ...service }: ProtoType, names: readonly string[]): ProtoType => ({
  ...service,
  methods: Object.fromEntries(Object.entries(methods).filter(([name]) => names.includes(name))),
});

const typesIn = ({ fields = {}, nested = {} }: ProtoType): string[] => [
  ...Object.values(fields).map(({ type }) => type.split(".").at(-1) ?? ""),
  ...Object.values(nested).flatMap(typesIn),
];

/** Beside the way nothing of `google.cloud` is kept. */
function replaced(type: ProtoType, [next, ...way]: readonly string[], types: Record<string, ProtoType>): ProtoType {
  if (next === undefined) return { ...type, nested: types };
  const inner = replaced(type.nested?.[next] ?? {}, way, types);
  const others = way.length === 0 || next === "compute" ? {} : type.nested;
  return { ...type, nested: { ...others, [next]: inner } };
}

if (import.meta.main) {
  const [from = "", to = ""] = process.argv.slice(2);
  const pruned = prune((await Bun.file(from).json()) as ProtoType);
  const part = `${to}.${process.pid}`;
  await Bun.write(part, JSON.stringify(pruned));
  await rename(part, to);
}
