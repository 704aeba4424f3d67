import { stat } from "node:fs/promises";
import { archiveKind } from "../../agent/contract/archives.ts";
import { type Entry, entriesOf } from "../../agent/contract/definitions.ts";
import type { PlacedProblem } from "../../agent/contract/errors.ts";
import { DEFINITION_ARCHIVE_LIMIT } from "../../agent/contract/files.ts";
import { BUILT_IN_DEFINITIONS, CATALOGUE, type Shelf } from "../../agent/definition/catalogue.ts";
import { readDefinition } from "../../agent/definition/definition.ts";
import { listedSdks } from "../../agent/definition/listed.ts";
import { nameOf } from "../../agent/definition/names.ts";
import { readProject } from "../../agent/definition/project.ts";
import { FILE_LIMIT, tidy } from "../../agent/definition/tree.ts";
import type { Definition } from "../../agent/definition/workshop.ts";
import type { EnvironmentView } from "../../views/workshop.ts";
import { DefinitionFile } from "./definition-file.ts";
import { ARCHIVE_TOO_LARGE } from "./definitions.ts";

/** A definition that was found good. */
export interface CheckedDefinition {
  /** The normalized text; undefined: the one that machines take by themselves. */
  text?: string;
  /** As its author wrote it, with the comments; undefined as `text`. */
  written?: string;
  /** What will be installed. */
  environment: EnvironmentView;
  /** Where its own SDKs are. */
  archive?: DefinitionFile;
}

export type DefinitionCheck =
  | { value: CheckedDefinition; problem?: undefined; problems?: undefined }
  /** One sentence, and where there are places, each with its own. */
  | { problem: string; problems: readonly PlacedProblem[] };

/**
 * @param wish nothing, a built-in definition's name, the text of a workshop.yaml, or a `DefinitionFile` of either form
 * @param kept an archive whose own SDKs a text may name, though it came alone
 */
export async function checkedDefinition(wish: unknown, kept?: DefinitionFile): Promise<DefinitionCheck> {
  if (wish === undefined) return { value: DEFAULT };
  if (wish instanceof DefinitionFile) return checkedFile(wish, kept);
  if (typeof wish !== "string") return refused("The definition has to be the text of a workshop.yaml, or a built-in one’s name.");
  if (/^[a-z][a-z0-9-]{0,39}$/.test(wish.trim())) return named(wish.trim());
  return kept ? checkedArchive(kept, wish) : checkedText(wish);
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
  return { value: { text: normalized, written: asWritten(text), environment: environmentOf(definition, CATALOGUE) } };
}

async function checkedFile(file: DefinitionFile, kept: DefinitionFile | undefined): Promise<DefinitionCheck> {
  const { size } = await stat(file.path);
  if (size > DEFINITION_ARCHIVE_LIMIT) return refused(ARCHIVE_TOO_LARGE);
  if (await archiveKind(file.path)) return checkedArchive(file);
  // One byte more than a text may have is enough to say that it is too long.
  const bytes = await Bun.file(file.path)
    .slice(0, FILE_LIMIT + 1)
    .bytes();
  const text = new TextDecoder().decode(bytes);
  return kept ? checkedArchive(kept, text) : checkedText(text, file.name);
}

/** @param text in place of the workshop.yaml that is in there */
async function checkedArchive(archive: DefinitionFile, text?: string): Promise<DefinitionCheck> {
  const entries = entriesOf(archive);
  const read = await readProject(archive.name, text === undefined ? entries : withText(entries, text), CATALOGUE);
  if (read.problems) return withPlaces(read.problems);
  const { definition, text: normalized, written, sdks } = read.value;
  const project = new Map([...sdks].map(([name, { sdk }]) => [name, sdk]));
  const own = definition.sdks.some(({ source }) => source === "project");
  const environment = environmentOf(definition, { ...CATALOGUE, project });
  return { value: { text: normalized, written: asWritten(written), environment, ...(own && { archive }) } };
}

/** Forms, and editors of other systems, end lines and files in their own way. */
const asWritten = (text: string): string => `${tidy(text).trimEnd()}\n`;

async function* withText(entries: AsyncIterable<Entry>, text: string): AsyncGenerator<Entry> {
  const bytes = Buffer.from(text);
  const read = async function* () {
    yield bytes;
  };
  const file = { kind: "file", mode: 0o644, size: bytes.length, target: "", read } as const;
  yield { ...file, name: WORKSHOP_YAML, path: WORKSHOP_YAML };
  for await (const entry of entries) if (entry.path !== WORKSHOP_YAML) yield entry;
}

const WORKSHOP_YAML = "workshop.yaml";

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

/** Of a normalized text, as far as it says it: nothing is known of what its own SDKs are. */
export function environmentOfText(text: string): EnvironmentView {
  const own = listedSdks(text).filter(({ source }) => source === "project");
  const project = new Map(own.map(({ name }) => [name, { name, plugs: new Map(), slots: new Map(), unread: true as const }]));
  const shelf: Shelf = { ...CATALOGUE, project };
  const read = readDefinition(text, shelf);
  if (read.problems) throw new Error(`internal error: a definition that was kept is no good: ${read.problems[0]?.message}`);
  return environmentOf(read.value.definition, shelf);
}

const refused = (problem: string): DefinitionCheck => ({ problem, problems: [] });

function withPlaces(problems: readonly PlacedProblem[]): DefinitionCheck {
  const [first] = problems;
  const many = problems.length === 1 ? "a problem" : `${problems.length} problems, the first`;
  const file = first?.path === WORKSHOP_YAML ? "" : ` of ${first?.path}`;
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
