import { Problem } from "../../agent/contract/errors.ts";
import type { EnvironmentView } from "../../views/workshop.ts";
import { digestOf } from "../people/digest.ts";
import { DEFAULT_TEXT, DEFAULT_WRITTEN } from "./default-definition.ts";
import type { Held, Workshop } from "./record.ts";
import type { Resource } from "./resource.ts";
import type { MachineDetail } from "./resources/machine-row.ts";

/** A definition that was found good, as it is written down. */
export interface Redefinition {
  /** Normalized; null: the one that machines take by themselves. */
  definition: string | null;
  /** With its comments; null as `definition`. */
  written: string | null;
  environment: EnvironmentView;
  /** Which one it was made of; undefined: whichever there is. */
  from?: string | undefined;
}

/**
 * Another definition for a workshop, which its machines are told of. No seat changes by it: each keeps what it was made from until it is
 * refreshed, and what is made from now on is made from this. Of one that differs in its comments machines aren't told.
 * @throws CONFLICT when it isn't the one any more that this was made of; STATE_CONFLICT when the workshop is over
 */
export function redefined(held: Held, { definition, written, environment, from }: Redefinition): Held {
  const { workshop } = held;
  if (workshop.state === "stopping" || workshop.state === "stopped")
    throw new Problem("STATE_CONFLICT", `The workshop “${workshop.name}” is ${workshop.state}: no seat is made any more.`);
  const next = { ...workshop, definition, definition_written: written, environment };
  const before = definitionDigest(workshop);
  if (from !== undefined && from !== before)
    throw new Problem(
      "CONFLICT",
      "The definition was changed meanwhile, on another page or by a script. Look at what it is now, put yours in its place by saving once more, or leave it.",
    );
  if (definitionDigest(next) === before) return held;
  if (makesTheSame(next, workshop)) return { ...held, workshop: next };
  return { workshop: { ...next, document: workshop.document + 1 }, rows: held.rows.map(edited) };
}

/** What was found out of it meanwhile doesn't count: it may have been told in between. */
function edited(row: Resource): Resource {
  if (row.kind !== "machine" || row.wanted !== "present") return row;
  return { ...row, version: row.version + 1, detail: { ...row.detail, edited: true } as MachineDetail };
}

const makesTheSame = (one: Workshop, other: Workshop): boolean =>
  (one.definition ?? DEFAULT_TEXT) === (other.definition ?? DEFAULT_TEXT) && archiveOf(one) === archiveOf(other);

const archiveOf = ({ environment }: Workshop): string => environment?.archive?.digest ?? "";

/** Of the text as it is written, and of its own SDKs' bytes. */
export const definitionDigest = (workshop: Workshop): string => digestOf(`${writtenText(workshop)}\0${archiveOf(workshop)}`);

/** What its author sees when it is edited. */
export const writtenText = ({ definition, definition_written: written }: Workshop): string =>
  written ?? definition ?? DEFAULT_WRITTEN;
