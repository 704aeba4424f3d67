import { createHash } from "node:crypto";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { MachineDocument, WantedProject } from "./machine.ts";

/** The file of a workshop that is alone in its project. */
export const WORKSHOP_FILES = ["workshop.yaml", ".workshop.yaml"] as const;
/** Of several, `NAME.yaml` each; and their own SDKs, a folder each. */
export const WORKSHOP_ROOM = ".workshop";

/** Where machines of projects are, one directory each. Root's alone: what is below the gateway's is its user's to change. */
const PROJECTS = "/var/lib/clarateach-projects";

/** Hexadecimal digits: two projects of one computer have never the same. */
const ID_LENGTH = 12;

/** A project and the machine that its workshops are on. */
export interface ProjectPlace {
  /** Its directory, without a link in it. */
  project: string;
  machine: string;
  /** The machine's. */
  directory: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws where there is no such directory */
export function placeOf(directory: string, env: Env): ProjectPlace {
  const project = realpathSync(directory);
  const id = createHash("sha256").update(project).digest("hex").slice(0, ID_LENGTH);
  return { project, machine: `clarateach-p-${id}`, directory: join(env.CLARATEACH_PROJECTS || PROJECTS, id) };
}

const MACHINE_DIRECTORY = new RegExp(`^[0-9a-f]{${ID_LENGTH}}$`);

/** By its name, wherever it is: whoever asks may have another environment than whoever launched. @param directory of a machine */
export const isOfProject = (directory: string): boolean => MACHINE_DIRECTORY.test(basename(directory));

/** Of the directory, or of the nearest one above that has a workshop's file or a machine. */
export function projectAround(directory: string, env: Env): ProjectPlace | undefined {
  const place = placeOf(directory, env);
  if (hasWorkshops(place.project) || existsSync(place.directory)) return place;
  const above = dirname(place.project);
  return above === place.project ? undefined : projectAround(above, env);
}

function hasWorkshops(directory: string): boolean {
  if (WORKSHOP_FILES.some((file) => existsSync(join(directory, file)))) return true;
  try {
    return readdirSync(join(directory, WORKSHOP_ROOM)).some((name) => name.endsWith(".yaml"));
  } catch {
    return false;
  }
}

/** What its agent begins with: no workshop yet, no gateway ever, and no end. */
export function bootDocument({ project, machine }: ProjectPlace): MachineDocument {
  return {
    version: 1,
    revision: 0,
    workshop: { id: machine.replace("clarateach-", ""), name: basename(project) },
    ...{ machine, machineIndex: 1, phase: "running", endsAt: "9999-12-31T23:59:59Z", keys: [], gateway: "none", seats: [] },
    project: { directory: project, ...ownerOf(project) },
  };
}

/** Root's own has none: programs of its workshops are nobody's in particular, and may there what everybody may. */
function ownerOf(project: string): Pick<WantedProject, "owner"> {
  const { uid } = statSync(project);
  if (uid === 0) return {};
  const gid = groupOf(uid);
  return { owner: { uid, ...(gid !== undefined && { gid }) } };
}

/**
 * The user's own, never the directory's: whoever has that needn't be in its group, and would be by a program that a seat marks set-group-id.
 * Undefined: root's, or nobody here knows the user.
 */
function groupOf(uid: number): number | undefined {
  const { stdout } = Bun.spawnSync(["getent", "passwd", String(uid)]);
  return Number(stdout.toString().split(":")[3]) || undefined;
}

/** The word at its beginning is for programs: it stays as it is. */
export const missingProject = (directory: string): string =>
  `missing-project: there is no directory "${directory}" any more. ${BRING_BACK}`;

/** @param why how the sentence goes on, where it is known */
export const unopenedProject = (directory: string, why: string): string =>
  `missing-project: the directory "${directory}" can't be opened${why}. ${BRING_BACK}`;

const BRING_BACK = "Bring it back, or remove its workshops.";

/** @param uid whose it is now @param launched whose it was when its workshops were launched */
export const projectGivenAway = (directory: string, uid: number, launched: number): string =>
  `"${directory}" belongs to uid ${uid} now, and its workshops are of uid ${launched}. Give it back (chown), or remove them and launch anew.`;
