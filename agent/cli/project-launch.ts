import { realpathSync } from "node:fs";
import type { ChangesMade, ProjectRead, Projects, SeatsRequest, Workshop, Workshops } from "../contract/api.ts";
import { CommandFailure, UsageProblem } from "../contract/command-line.ts";
import type { ProjectPlace } from "../contract/projects.ts";
import { type AgentApi, openApi } from "./agent-api.ts";
import { plain, plainLine } from "./plain.ts";
import { haveAgent, isServed } from "./project-agent.ts";
import { nameSeats } from "./seat-words.ts";
import { settle, type WaitOptions } from "./waiting.ts";
import { projectHere } from "./which.ts";

/** A workshop of a project as its files say now. */
export interface WorkshopFile {
  name: string;
  /** Scripts by name. */
  actions: ReadonlyMap<string, string>;
}

/** Reads a project's files, all or those of these names. @throws CommandFailure with all that is wrong, and where */
export type ReadProject = (directory: string, names: readonly string[] | undefined) => Promise<readonly WorkshopFile[]>;

/**
 * The project that somebody launches in; undefined: seats of a class are meant.
 * @throws CommandFailure below a project @throws UsageProblem where there is none
 */
export function projectToLaunch(
  words: readonly string[],
  given: { machine: string | undefined; all: boolean },
): ProjectPlace | undefined {
  if (given.machine !== undefined || process.env.CLARATEACH_MACHINE) return undefined;
  const here = projectHere();
  if (here?.project === realpathSync(process.cwd())) return here;
  if (!here && (given.all || (words.length > 0 && nameSeats(words)))) return undefined;
  if (!here) throw new UsageProblem(noWorkshopFile(process.cwd()));
  throw new CommandFailure(1, `The workshops around here are those of "${plain(here.project)}": go there and launch them.`);
}

const noWorkshopFile = (directory: string): string =>
  `There is no workshop.yaml in "${plainLine(directory)}" or above it: write one, or name a machine by --machine.`;

/** What is wrong with its files is said before anything is begun. @param names of workshops; none: all. @throws CommandFailure */
export async function launchProject(
  place: ProjectPlace,
  names: readonly string[],
  read: ReadProject,
  request: SeatsRequest,
  options: WaitOptions,
): Promise<void> {
  const named = names.length > 0 ? { names } : {};
  if (!(await isServed(place))) await read(place.project, named.names);
  await haveAgent(place);
  const api = openApi(undefined);
  const { workshops } = await api.post<ProjectRead>("/v1/projects", { action: "read", ...named });
  const all = (await api.get<Workshops>("/v1/workshops")).workshops;
  const chosen = all.filter(({ seat }) => workshops.some((one) => one.seat === seat));
  const [missing, there] = [chosen.filter(mayBeLaunched), chosen.filter((one) => !mayBeLaunched(one))];
  if (!options.json) for (const { name, status } of there) console.log(`${name} is there already: ${status}.`);
  if (missing.length > 0) {
    const seats = missing.map(({ seat }) => seat);
    await settle(api, await api.post<ChangesMade>("/v1/workshops", { ...request, seats }), options);
  }
  if (!options.json && !options["no-wait"]) await sayMore(api, workshops);
}

const mayBeLaunched = ({ operations }: Workshop): boolean => operations.includes("launch");

async function sayMore(api: AgentApi, workshops: ProjectRead["workshops"]): Promise<void> {
  const { projects } = await api.get<Projects>("/v1/projects");
  if (projects.some(({ rootsOwn }) => rootsOwn)) console.log(ROOTS_OWN);
  for (const { name } of workshops) console.log(`Enter it: ${api.line(`shell ${name}`)}`);
}

const ROOTS_OWN =
  "The directory belongs to root, as whom nothing in a workshop runs: /project can be read there as everybody may, and hardly written. To work in it: remove the workshops, give the directory to a user (chown -R), and launch anew.";

/** Before a refresh: what is launched of a project becomes what its files say now. Of a class nothing is read here. @throws CommandFailure */
export async function readAgain(api: AgentApi, seats: readonly number[] | undefined): Promise<void> {
  const { workshops } = await api.get<Workshops>("/v1/workshops");
  const names = workshops.flatMap(({ seat, name }) => (name !== undefined && (seats?.includes(seat) ?? true) ? [name] : []));
  if (names.length > 0) await api.post<ProjectRead>("/v1/projects", { action: "read", names });
}
