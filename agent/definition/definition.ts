import { Document, Scalar } from "yaml";
import type { Shelf } from "./catalogue.ts";
import type { Attributes, End, Plug } from "./interfaces.ts";
import { nameOf } from "./names.ts";
import { Problems, type Read } from "./problems.ts";
import { parseTree, tidy } from "./tree.ts";
import { writePath } from "./values.ts";
import { type Definition, readWorkshop, type SdkEntry } from "./workshop.ts";

/**
 * It goes to a machine in its boot document, as JSON, which may be twice as long; a cloud's metadata server takes 256 KiB.
 * A definition of every option has 4 kB.
 */
export const NORMALIZED_LIMIT = 64 * 1024;

/** A definition, and the text that is kept of it: what it says in full, so that the same text comes of it again. */
export interface Normalized {
  definition: Definition;
  text: string;
}

/** The text of a workshop.yaml, checked and normalized. Throws nothing: a file may be anything. */
export function readDefinition(text: string, shelf: Shelf, path = "workshop.yaml"): Read<Normalized> {
  const clean = tidy(text);
  const problems = new Problems(path, clean);
  const tree = parseTree(clean, problems);
  const definition = tree && readWorkshop(tree, shelf, problems);
  if (!definition || problems.any) return problems.read<Normalized>(undefined);
  const written = writeDefinition(definition);
  const size = Buffer.byteLength(written);
  if (size > NORMALIZED_LIMIT)
    problems.add(
      0,
      `Without its comments the file has ${size} bytes; ${NORMALIZED_LIMIT} are the most. Move scripts into an SDK's files.`,
    );
  return problems.read({ definition, text: written });
}

function writeDefinition({ name, base, confinement, sdks, connections, actions }: Definition): string {
  const document = new Document({
    ...{ name, base, confinement },
    sdks: sdks.map(sdkOut),
    ...(connections.length > 0 && {
      connections: connections.map(({ plug, slot }) => ({ plug: nameOf(plug), slot: nameOf(slot) })),
    }),
    ...(actions.size > 0 && { actions }),
  });
  return document.toString({ lineWidth: 0 });
}

function sdkOut({ name, source, channel, plugs, slots }: SdkEntry): object {
  return {
    ...{ name, source },
    ...(channel !== undefined && { channel }),
    ...(plugs.size > 0 && { plugs: out(plugs, plugOut) }),
    ...(slots.size > 0 && { slots: out(slots, endOut) }),
  };
}

const out = <T>(ends: ReadonlyMap<string, T>, one: (end: T) => object): Map<string, object> =>
  new Map([...ends].map(([name, end]) => [name, one(end)]));

const plugOut = (plug: Plug): object => ("bind" in plug ? { bind: nameOf(plug.bind) } : endOut(plug));

const endOut = ({ interface: kind, attributes }: End): object =>
  new Map<string, unknown>([["interface", kind], ...[...attributes].map(([key, value]) => [key, valueOut(key, value)] as const)]);

function valueOut(key: string, value: Attributes extends ReadonlyMap<string, infer V> ? V : never): unknown {
  if (typeof value === "string") return key.startsWith("workshop-") ? writePath(value) : value;
  if (key !== "mode") return value;
  const octal = new Scalar(value);
  octal.format = "OCT";
  return octal;
}
