import { certificate } from "./certificate.ts";
import type { ResourceKind } from "./kind.ts";
import { machine } from "./machine.ts";
import { name } from "./name.ts";
import { secret } from "./secret.ts";

/** All kinds, in the order in which they are made; they are unmade the other way round. */
export const KINDS: Readonly<Record<string, ResourceKind>> = { secret, machine, name, certificate };

export function kindOf({ kind }: { kind: string }): ResourceKind {
  const found = KINDS[kind];
  if (!found) throw new Error(`internal error: no kind of resource is called "${kind}"`);
  return found;
}
