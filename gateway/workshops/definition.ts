import { stat } from "node:fs/promises";
import { archiveKind } from "../../agent/contract/archives.ts";
import { entriesOf } from "../../agent/contract/definitions.ts";
import type { PlacedProblem } from "../../agent/contract/errors.ts";
import { DEFINITION_ARCHIVE_LIMIT } from "../../agent/contract/files.ts";
import { BUILT_IN_DEFINITIONS, CATALOGUE, type Shelf } from "../../agent/definition/catalogue.ts";
import { readDefinition } from "../../agent/definition/definition.ts";
import { nameOf } from "../../agent/definition/names.ts";
import { readProject } from "../../agent/definition/project.ts";
import { FILE_LIMIT } from "../../agent/definition/tree.ts";
import type { Definition } from "../../agent/definition/workshop.ts";
import type { EnvironmentView } from "../../views/workshop.ts";
import { DefinitionFile } from "./definition-file.ts";
import { ARCHIVE_TOO_LARGE } from "./definitions.ts";

/** A definition that was found good. */
export interface CheckedDefinition {
  /** The normalized text; undefined: the one that machines take by themselves. */
  text?: string;
  /** What will be installed. */
  environment: EnvironmentView;
  /** Where its own SDKs are. */
  archive?: DefinitionFile;
}

export type DefinitionCheck =
  | { value: CheckedDefinition; problem?: undefined; problems?: undefined }
  /** One sentence, and where there are places, each with its own. */
  | { problem: string; problems: readonly PlacedProblem[] };

/** @param wish nothing, a built-in definition's name, the text of a workshop.yaml, or a `DefinitionFile` of either form */
export async function checkedDefinition(wish: unknown): Promise<DefinitionCheck> {
  if (wish === undefined) return { value: DEFAULT };
  if (wish instanceof DefinitionFile) return checkedFile(wish);
  if (typeof wish !== "string") return refused("The definition has to be the text of a workshop.yaml, or a built-in one’s name.");
  return /^[a-z][a-z0-9-]{0,39}$/.test(wish.trim()) ? named(wish.trim()) : checkedText(wish);
}

function named(name: string): DefinitionCheck {
  if (name === DEFAULT.environment.name) return { value: DEFAULT };
  const found = BUILT_IN_DEFINITIONS.find((one) => one.name === name);
  if (found) return checkedText(found.text);
  const known = BUILT_IN_DEFINITIONS.map((one) => one.name).join(", ");
  return refused(`There is no built-in definition “${name}”. Known are ${known}; or send the text of a workshop.yaml.`);
}

function checkedText(text: string, path?: string): DefinitionCheck {
  const read = readDefinition(text, CATALOGUE, path);
  if (read.problems) return withPlaces(read.problems);
  const { definition, text: normalized } = read.value;
  return { value: { text: normalized, environment: environmentOf(definition, CATALOGUE) } };
}

async function checkedFile(file: DefinitionFile): Promise<DefinitionCheck> {
  const { size } = await stat(file.path);
  if (size > DEFINITION_ARCHIVE_LIMIT) return refused(ARCHIVE_TOO_LARGE);
  if (await archiveKind(file.path)) return checkedArchive(file);
  // One byte more than a text may have is enough to say that it is too long.
  const bytes = await Bun.file(file.path)
    .slice(0, FILE_LIMIT + 1)
    .bytes();
  return checkedText(new TextDecoder().decode(bytes), file.name);
}

async function checkedArchive(archive: DefinitionFile): Promise<DefinitionCheck> {
  const read = await readProject(archive.name, entriesOf(archive), CATALOGUE);
  if (read.problems) return withPlaces(read.problems);
  const { definition, text, sdks } = read.value;
  const project = new Map([...sdks].map(([name, { sdk }]) => [name, sdk]));
  const own = definition.sdks.some(({ source }) => source === "project");
  return { value: { text, environment: environmentOf(definition, { ...CATALOGUE, project }), ...(own && { archive }) } };
}

/** As people read it, with the summaries of what it names. */
function environmentOf({ name, base, sdks, connections, actions }: Definition, shelf: Shelf): EnvironmentView {
  return {
    ...{ name, base },
    sdks: sdks.map((sdk) => {
      const summary = shelf[sdk.source]?.get(sdk.name)?.summary;
      return { name: sdk.name, source: sdk.source, ...(summary !== undefined && { summary }) };
    }),
    connections: connections.map(({ plug, slot }) => ({ plug: nameOf(plug), slot: nameOf(slot) })),
    actions: [...actions.keys()],
  };
}

const refused = (problem: string): DefinitionCheck => ({ problem, problems: [] });

function withPlaces(problems: readonly PlacedProblem[]): DefinitionCheck {
  const [first] = problems;
  const many = problems.length === 1 ? "a problem" : `${problems.length} problems, the first`;
  const file = first?.path === "workshop.yaml" ? "" : ` of ${first?.path}`;
  return { problem: `The definition has ${many} in line ${first?.line}${file}: ${first?.message}`, problems };
}

/** Those that come with ClaraTeach, the default first. */
export const BUILT_IN: readonly { about: string; environment: EnvironmentView }[] = BUILT_IN_DEFINITIONS.map(
  ({ text, summary }) => {
    const { value } = checkedText(text) as { value: CheckedDefinition };
    return { about: summary, environment: value.environment };
  },
);

const DEFAULT = { environment: (BUILT_IN[0] as (typeof BUILT_IN)[0]).environment };
