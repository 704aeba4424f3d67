import { Problem } from "../../../contract/errors.ts";
import { SEATS_PER_MACHINE } from "../../../contract/seats.ts";
import { BUILT_IN_DEFINITIONS, CATALOGUE, type Shelf, type ShelfSdk } from "../../../definition/catalogue.ts";
import { readDefinition } from "../../../definition/definition.ts";
import type { Interface } from "../../../definition/interfaces.ts";
import { listedSdks } from "../../../definition/listed.ts";
import { readSdk } from "../../../definition/sdk.ts";
import { type Ends, endsOf } from "../../../interfaces/ends.ts";
import { type Grant, grantsOf } from "../../../interfaces/grants.ts";
import { NOTHING_BY_HAND, type Resolved, resolve } from "../../../interfaces/resolve.ts";
import type { SeatWish } from "../../runtime.ts";
import type { Trees } from "../layers/trees.ts";
import { asMeant, type Meant } from "./meant.ts";

/** Of a wish, what says how a seat is connected. Plain JSON, for it is saved in tasks. */
export type ConnectionWish = Pick<SeatWish, "definition" | "definitionArchive" | "byHand">;

export interface Wanted {
  ends: Ends;
  resolved: Resolved;
  grants: Grant[];
  /** Of what people changed by hand, from now on. */
  meant: Meant;
}

export interface WantedFrom {
  trees: Trees;
  /** What the agent's settings let definitions have besides. */
  allowed: ReadonlySet<Interface>;
  /** Of what people changed by hand until now. */
  meant: Meant;
  signal: AbortSignal;
}

/** What a seat is to have, by its definition, its SDKs and what people changed. @throws Problem when one of them can't be read */
export async function wantedOf(seat: number, wish: ConnectionWish, from: WantedFrom): Promise<Wanted> {
  const shelf = await shelfOf(wish, from);
  const read = readDefinition(wish.definition ?? BUILT_IN_DEFINITIONS[0]?.text ?? "", shelf);
  if (read.problems) throw unreadable("The definition", read.problems[0]?.message);
  const { definition } = read.value;
  const ends = endsOf(definition, ({ name, source }) => shelf[source]?.get(name));
  const { byHand, meant, warnings } = asMeant(wish.byHand ?? NOTHING_BY_HAND, ends, from.meant);
  const resolved = resolve(definition, ends, byHand, from.allowed);
  resolved.warnings.push(...warnings);
  return { ends, resolved, grants: grantsOf(resolved.connections, ends, byHand, (seat - 1) % SEATS_PER_MACHINE), meant };
}

async function shelfOf({ definition, definitionArchive }: ConnectionWish, { trees, signal }: WantedFrom): Promise<Shelf> {
  const project = new Map<string, ShelfSdk>();
  for (const sdk of listedSdks(definition)) {
    if (sdk.source !== "project") continue;
    const read = readSdk(await trees.definition(sdk, definitionArchive, signal), sdk.name);
    if (read.problems) throw unreadable(`The SDK project-${sdk.name}`, read.problems[0]?.message);
    project.set(sdk.name, read.value);
  }
  return { ...CATALOGUE, project };
}

const unreadable = (what: string, why = ""): Problem =>
  new Problem("INVALID_INPUT", `${what} can't be read by this release: ${why} Send it again.`);
