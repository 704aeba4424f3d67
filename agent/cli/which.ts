import { readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { AGENT_SOCKET } from "../contract/api.ts";
import { CommandFailure } from "../contract/command-line.ts";
import { isOfProject, type ProjectPlace, projectAround } from "../contract/projects.ts";
import { plainLine } from "./plain.ts";

/** No machine, or its agent doesn't run or doesn't let us in. */
export const NO_AGENT_EXIT_CODE = 3;

/** What a command acts on. */
export interface Machine {
  /** Of its directory: `clarateach-ws-abc`. */
  name: string;
  directory: string;
  socket: string;
  /** Whose workshops are on it. Missing: a class's, or nobody here knows. */
  project?: ProjectPlace;
}

/** The option of every command that asks an agent. */
export const MACHINE_OPTION = {
  value: "NAME|DIR",
  about:
    "which machine: its name or directory; without, CLARATEACH_MACHINE, or that of the project you are in, or the only one of a class",
} as const;

/**
 * The machine that is meant.
 * @param wish what the command line says, else the environment @param listening sockets of agents that run on this computer
 * @param here the project that somebody asks from
 * @throws CommandFailure naming those that there are
 */
export function whichMachine(
  wish: string | undefined = process.env.CLARATEACH_MACHINE || undefined,
  listening: readonly string[] = agentSockets(),
  here: ProjectPlace | undefined = projectHere(),
): Machine {
  if (wish === undefined && here) return machineOfProject(here);
  const own = listening.filter(isTrusted).map(machineOf);
  if (wish === undefined) return theOnly(own, listening);
  const called = wish.includes("/") ? [] : own.filter(({ name }) => name === wish);
  if (called.length > 1)
    throw failure(`${called.length} machines are called "${wish}"; name one by its directory:\n${listed(called)}`);
  if (called[0]) return called[0];
  if (wish.includes("/") || isDirectory(wish)) return machineOf(join(resolve(wish), AGENT_SOCKET));
  throw failure(
    own.length === 0
      ? `No agent of a machine called "${wish}" runs on this computer. ${START}`
      : `There is no machine "${wish}" here, and no directory of that name. These run:\n${listed(own)}`,
  );
}

/** The project of the working directory. */
export const projectHere = (): ProjectPlace | undefined => projectAround(process.cwd(), process.env);

export function machineOfProject(project: ProjectPlace): Machine {
  const { machine, directory } = project;
  return { name: machine, directory, socket: join(directory, AGENT_SOCKET), project };
}

/** Paths of the sockets on which agents listen now, wherever their directories are: the kernel knows them. */
function agentSockets(): string[] {
  const LISTENS = "00010000";
  return readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, flags, path] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +\S+ (.*)$/.exec(line) ?? [];
      return flags === LISTENS && path && isAbsolute(path) && basename(path) === AGENT_SOCKET ? [path] : [];
    });
}

/** Anybody may listen somewhere and call it so: without being named, only root's and one's own are asked. */
function isTrusted(socket: string): boolean {
  try {
    const { uid } = statSync(socket);
    return uid === 0 || uid === process.getuid?.();
  } catch {
    return false;
  }
}

/** A class's. A project's is meant where its directory is, or by name: a slip elsewhere would end somebody's work. */
function theOnly(own: readonly Machine[], listening: readonly string[]): Machine {
  const classes = own.filter(({ directory }) => !isOfProject(directory));
  const [one] = classes;
  if (one && classes.length === 1) return one;
  if (!one && own.length > 0)
    throw failure(`Only projects have machines on this computer: go to a project's directory, or add --machine:\n${listed(own)}`);
  if (one)
    throw failure(`${own.length} machines run on this computer; name one by --machine or CLARATEACH_MACHINE:\n${listed(own)}`);
  if (listening.length === 0) throw failure(`No agent runs on this computer. ${START}`);
  const others = listed(listening.map(machineOf));
  throw failure(
    `No agent runs on this computer that is yours to ask. Be its user or root (sudo), or name one by --machine. Of others:\n${others}`,
  );
}

const START = "Start its class, or name the directory of the machine by --machine.";

const machineOf = (socket: string): Machine => ({ name: basename(dirname(socket)), directory: dirname(socket), socket });

const listed = (machines: readonly Machine[]): string =>
  machines.map(({ name, directory }) => `  ${plainLine(name)}  ${plainLine(directory)}`).join("\n");

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

const failure = (message: string): CommandFailure => new CommandFailure(NO_AGENT_EXIT_CODE, message);
