import type { Entry } from "../contract/definitions.ts";
import { type PlacedProblem, Problem } from "../contract/errors.ts";
import type { Shelf, ShelfSdk } from "./catalogue.ts";
import { type Normalized, readDefinition } from "./definition.ts";
import { MOST_PROBLEMS, type Read } from "./problems.ts";
import { ProjectFolder, type ProjectSdk, placeOf, readText } from "./project-sdk.ts";
import { FILE_LIMIT } from "./tree.ts";

/** A definition with the SDKs that came with it, by name. */
export interface Project extends Normalized {
  /** The workshop.yaml as it came. */
  written: string;
  sdks: ReadonlyMap<string, Required<ProjectSdk>>;
}

/**
 * Reads a `workshop.yaml` and the folders `project-…` beside it; other files in there are nobody's. What is wrong with the archive itself
 * is one of the problems.
 * @param archive its name in a sentence @param entries contract/definitions.ts @param shelf what the definition may name besides
 */
export async function readProject(archive: string, entries: AsyncIterable<Entry>, shelf: Shelf): Promise<Read<Project>> {
  try {
    return await read(archive, entries, shelf);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return { problems: [{ path: archive, line: 1, column: 1, message: thrown.message }] };
  }
}

async function read(archive: string, entries: AsyncIterable<Entry>, shelf: Shelf): Promise<Read<Project>> {
  const { texts, folders } = await lookThrough(entries);
  const sdks = new Map(folders.map((folder) => [folder.name, folder.end()]));
  const definition = readOnly(texts, archive, { ...shelf, project: shelfOf(sdks) });
  const problems = [...(definition.problems ?? []), ...folders.flatMap((folder) => folder.problems)];
  if (definition.problems || problems.length > 0) return { problems: problems.slice(0, MOST_PROBLEMS) };
  return { value: { ...definition.value, written: String(texts[0]), sdks: sdks as Map<string, Required<ProjectSdk>> } };
}

/** As many SDKs as a definition may list: each sdk.yaml is parsed in one go, and everybody waits for a thousand. */
const FOLDERS_LIMIT = 50;

type Text = string | { why: string };

async function lookThrough(entries: AsyncIterable<Entry>): Promise<{ texts: Text[]; folders: ProjectFolder[] }> {
  const texts: Text[] = [];
  const folders = new Map<string, ProjectFolder>();
  for await (const entry of entries) {
    if (entry.path === "workshop.yaml")
      texts.push(
        entry.kind === "file" ? (await readText(entry, FILE_LIMIT)).text : { why: "The workshop.yaml has to be a file." },
      );
    const place = placeOf(entry.path);
    if (!place) continue;
    const folder = folders.get(place.folder) ?? new ProjectFolder(place.folder);
    folders.set(place.folder, folder);
    if (folders.size > FOLDERS_LIMIT)
      throw new Problem(
        "INVALID_INPUT",
        `There are more than ${FOLDERS_LIMIT} folders “project-…” in the archive. Pack those that the workshop.yaml names.`,
      );
    await folder.take(place.inside, entry);
  }
  return { texts, folders: [...folders.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1)) };
}

function readOnly([text, second]: Text[], archive: string, shelf: Shelf): Read<Normalized> {
  if (text === undefined)
    return refusal(`There is no workshop.yaml in ${archive}. Put it at the top, with the folders “project-…” beside it.`);
  if (second !== undefined) return refusal("This is in the archive twice. Pack it once.");
  return typeof text === "string" ? readDefinition(text, shelf) : refusal(text.why);
}

const refusal = (message: string): { problems: PlacedProblem[] } => ({
  problems: [{ path: "workshop.yaml", line: 1, column: 1, message }],
});

const NOTHING = new Map<string, never>();

function shelfOf(sdks: ReadonlyMap<string, ProjectSdk>): ReadonlyMap<string, ShelfSdk> {
  return new Map([...sdks].map(([name, { sdk }]) => [name, sdk ?? { name, plugs: NOTHING, slots: NOTHING, unread: true }]));
}
