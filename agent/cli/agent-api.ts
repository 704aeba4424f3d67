import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure } from "../contract/command-line.ts";
import type { ErrorBody, PlacedProblem } from "../contract/errors.ts";
import { plain, plainLine } from "./plain.ts";
import { haveAgent } from "./project-agent.ts";
import { MACHINE_OPTION, type Machine, NO_AGENT_EXIT_CODE, whichMachine } from "./which.ts";

/** The agent of one machine, asked over its socket. Each call throws CommandFailure with the agent's own sentence when it is refused. */
export interface AgentApi {
  machine: Machine;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  text(path: string): Promise<Response>;
  /** Not open yet. */
  socket(path: string): WebSocket;
  /** A line that does this next, of the same machine: for people to copy. */
  line(words: string): string;
}

/** Options of every command that asks an agent. */
export const ASKS = { machine: MACHINE_OPTION, json: { about: "what the agent answers, as it is" } } as const;

/** @param wish of `--machine` @throws CommandFailure where no agent can be asked */
export function openApi(wish: string | undefined): AgentApi {
  const machine = whichMachine(wish);
  const unix = machine.socket;

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    await requireAgent(machine);
    requireOpen(machine);
    const answer = await fetch(`http://agent${path}`, { ...init, unix }).catch((cause: unknown) => {
      throw notRunning(machine, cause);
    });
    if (answer.ok) return answer;
    const { error } = (await answer.json().catch(() => ({}))) as Partial<ErrorBody>;
    const places = (error?.problems ?? []).map(placedLine);
    throw new CommandFailure(
      1,
      [plain(error?.message ?? `the agent answered ${answer.status} to ${path}`), ...places].join("\n"),
    );
  }

  const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
  return {
    machine,
    get: (path) => json(call(path)),
    post: (path, body) => json(call(path, { method: "POST", body: JSON.stringify(body) })),
    text: (path) => call(path),
    socket: (path) => {
      requireOpen(machine);
      const socket = new WebSocket(`ws+unix://${unix}:${path}`);
      socket.binaryType = "arraybuffer";
      return socket;
    },
    line: (words) => `clarateach-agent ${words}${wish === undefined ? "" : ` --machine ${quoted(wish)}`}`,
  };
}

/** As compilers say it, so that editors find the place. */
export const placedLine = ({ path, line, column, message }: PlacedProblem): string =>
  plainLine(`${path}:${line}:${column} ${message}`);

/** A project's is started again, after a reboot. */
async function requireAgent({ project }: Machine): Promise<void> {
  if (!project) return;
  if (existsSync(join(project.directory, "machine.json"))) return haveAgent(project);
  throw new CommandFailure(
    NO_AGENT_EXIT_CODE,
    `No workshop of "${plain(project.project)}" was launched. "clarateach-agent launch" does, from what its workshop.yaml says.`,
  );
}

const quoted = (word: string): string => (/^[\w./@-]+$/.test(word) ? word : `'${plain(word).replaceAll("'", "'\\''")}'`);

/** Whether the file lets us in is told before it is tried: the error of a connection doesn't say which way it failed. */
function requireOpen(machine: Machine): void {
  try {
    accessSync(machine.socket, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === "EACCES" ? closed(machine, cause) : notRunning(machine, cause);
  }
}

const closed = ({ socket }: Machine, cause: unknown): CommandFailure =>
  new CommandFailure(
    NO_AGENT_EXIT_CODE,
    `You may not open "${plain(socket)}". Ask as root (sudo) or as the agent's user, or let it give the socket to a group of yours by CLARATEACH_SOCKET_GROUP.`,
    { cause },
  );

export const notRunning = ({ socket }: Machine, cause?: unknown): CommandFailure =>
  new CommandFailure(
    NO_AGENT_EXIT_CODE,
    `no agent answers at "${plain(socket)}": is it running, and is this its machine's directory?`,
    { cause },
  );
