import { basename } from "node:path";
import { entriesOf } from "../contract/definitions.ts";
import { type ErrorBody, type PlacedProblem, Problem } from "../contract/errors.ts";
import { WORKSHOP_ROOM as ROOM, WORKSHOP_FILES } from "../contract/projects.ts";
import { CATALOGUE } from "../definition/catalogue.ts";
import { type Normalized, readDefinition } from "../definition/definition.ts";
import type { Read } from "../definition/problems.ts";
import { readProject } from "../definition/project.ts";
import { FILE_LIMIT } from "../definition/tree.ts";
import { ProjectDirectory } from "./open.ts";
import { packDefinition, type SdkFolder } from "./pack.ts";

/** What a definition's text may have: the parser's own limit is said by itself, with a place. */
const TEXT_LIMIT = 1024 ** 2;

/** A workshop of a project, as its files are now. */
export interface ProjectWorkshop {
  name: string;
  /** From the project's directory on. */
  file: string;
  /** Normalized. */
  definition: string;
  /** Scripts by name. */
  actions: ReadonlyMap<string, string>;
  /** Digest of the archive with its own SDKs, where it has any. */
  archive?: string;
}

/** Files of a project say something else than they may: all of it, each with its place. */
export class ProjectInvalid extends Problem {
  constructor(
    directory: string,
    readonly problems: readonly PlacedProblem[],
  ) {
    super(
      "INVALID_INPUT",
      `The workshops of "${directory}" can't be taken as they are: ${countOf(problems.length)} to be mended.`,
    );
  }
  override get body(): ErrorBody {
    const { error } = super.body;
    return { error: { ...error, problems: this.problems } };
  }
}

const countOf = (count: number): string => (count === 1 ? "one thing has" : `${count} things have`);

/**
 * Workshops of a project as its files say now: all, or those named.
 * @param into where archives are put, each under its digest
 * @param owner whom the directory has to belong to; undefined: whoever it does
 * @throws ProjectInvalid; Problem NOT_FOUND where there is none, or none of that name; INVALID_INPUT, TOO_LARGE, UNAVAILABLE
 */
export async function readWorkshops(
  directory: string,
  names: readonly string[] | undefined,
  into: string,
  owner?: number,
): Promise<ProjectWorkshop[]> {
  using project = new ProjectDirectory(directory, owner);
  const files = filesOf(project);
  if (files.length === 0)
    throw new Problem("NOT_FOUND", `There is no workshop.yaml in "${directory}". Write one, or go to the directory that has it.`);
  const found: ProjectWorkshop[] = [];
  const problems: PlacedProblem[] = [];
  for (const file of wanted(files, names)) {
    const read = await readOne(project, file, into);
    if (read.problems) problems.push(...read.problems);
    else found.push(read.value);
  }
  problems.push(...twice(found));
  if (problems.length > 0) throw new ProjectInvalid(directory, problems);
  return chosen(found, names, directory);
}

function filesOf(project: ProjectDirectory): string[] {
  const several = project.list(ROOM).filter(({ name, kind }) => kind === "file" && name.endsWith(".yaml"));
  return [...WORKSHOP_FILES.filter((file) => project.has(file)), ...several.map(({ name }) => `${ROOM}/${name}`)];
}

/** Of several, those named; what a file of one alone is called stands in it. */
function wanted(files: readonly string[], names: readonly string[] | undefined): string[] {
  const isNamed = (file: string) => names?.includes(basename(file, ".yaml")) ?? true;
  const several = files.filter((file) => file.startsWith(`${ROOM}/`) && isNamed(file));
  const rest = names?.some((name) => !several.includes(`${ROOM}/${name}.yaml`)) ?? true;
  return [...(rest ? files.filter((file) => !file.startsWith(`${ROOM}/`)) : []), ...several];
}

async function readOne(project: ProjectDirectory, file: string, into: string): Promise<Read<ProjectWorkshop>> {
  const text = textOf(project, file);
  if (text === undefined) return refused(file, "This has to be a file of text in UTF-8, and no link.");
  const folders = foldersOf(project, text);
  const digest = folders.length > 0 ? await packDefinition(project, text, folders, into) : undefined;
  const read =
    digest === undefined ? readDefinition(text, { ...CATALOGUE, project: new Map() }) : await readPacked(`${into}/${digest}`);
  if (read.problems) return { problems: read.problems.map((one) => ({ ...one, path: placeOf(one.path, file, folders) })) };
  const { definition, text: normalized } = read.value;
  const { name, actions } = definition;
  if (file.startsWith(`${ROOM}/`) && file !== `${ROOM}/${name}.yaml`)
    return refused(file, `The workshop is called “${name}” here, and its file “${basename(file)}”. Give both the same name.`);
  return { value: { name, file, definition: normalized, actions, ...(digest !== undefined && { archive: digest }) } };
}

const readPacked = (path: string): Promise<Read<Normalized>> => {
  const name = "the project";
  return readProject(name, entriesOf({ path, name }), CATALOGUE);
};

function textOf(project: ProjectDirectory, file: string): string | undefined {
  const bytes = project.read(file, TEXT_LIMIT)?.bytes;
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** SDKs that the text may mean: `.workshop/notes`, or `project-notes` beside the file. What it means is told when it is read. */
function foldersOf(project: ProjectDirectory, text: string): SdkFolder[] {
  // It is refused when it is read.
  if (text.length > FILE_LIMIT) return [];
  const words = new Set(text.match(/[a-z0-9-]+/g) ?? []);
  const isMeant = (name: string) => words.has(name) || words.has(`project-${name}`);
  const own = project.list(ROOM).flatMap(({ name, kind }) => (kind === "directory" && isMeant(name) ? [name] : []));
  const beside = [...words].filter((word) => word.startsWith("project-") && project.hasFolder(word)).sort();
  return [
    ...own.map((name) => ({ from: `${ROOM}/${name}`, to: `project-${name}` })),
    ...beside.filter((name) => !own.includes(name.slice("project-".length))).map((name) => ({ from: name, to: name })),
  ];
}

/** Where its author finds what an archive calls otherwise. */
function placeOf(path: string, file: string, folders: readonly SdkFolder[]): string {
  if (path === "workshop.yaml") return file;
  const folder = folders.find(({ to }) => path === to || path.startsWith(`${to}/`));
  return folder ? folder.from + path.slice(folder.to.length) : path;
}

function twice(found: readonly ProjectWorkshop[]): PlacedProblem[] {
  return found.flatMap(({ name, file }, i) => {
    const before = found.slice(0, i).find((other) => other.name === name);
    return before ? placed(file, `There is a workshop “${name}” in ${before.file} already. Call one of them otherwise.`) : [];
  });
}

function chosen(found: readonly ProjectWorkshop[], names: readonly string[] | undefined, directory: string): ProjectWorkshop[] {
  const missing = names?.find((name) => !found.some((one) => one.name === name));
  if (missing === undefined) return found.filter(({ name }) => names?.includes(name) ?? true);
  throw new Problem(
    "NOT_FOUND",
    `There is no workshop “${missing.slice(0, 80)}” in "${directory}": no file of it, and no other is called so.`,
  );
}

const placed = (path: string, message: string): PlacedProblem[] => [{ path, line: 1, column: 1, message }];
const refused = (path: string, message: string): { problems: PlacedProblem[] } => ({ problems: placed(path, message) });
