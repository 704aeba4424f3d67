import { removeDeadDisplays } from "../../agent/contract/displays.ts";
import { sum } from "../../agent/contract/leftovers.ts";
import type { Leftovers } from "../../agent/contract/machine.ts";
import { runtimeDirectories } from "../../agent/contract/running.ts";
import type { CallOptions, FoundMachine, Machines, MachineWish } from "../cloud.ts";
import { clearContainers } from "./containers.ts";
import { type Directories, measure, openDirectories, removeTree } from "./directories.ts";
import { askFit } from "./fit.ts";
import { endAll, processesOfSeats, seatsAlive } from "./processes.ts";
import { environment, openSupervisor, type Supervisor } from "./supervisor.ts";

/** An agent answers in a millisecond; on a busy laptop it may take a while. */
const ANSWER_MS = 2000;

/** Machines of this computer, and where each of them listens for learners. */
export interface LocalMachines extends Required<Omit<Machines, "write" | "lastWords">> {
  /** On loopback, as last known: an agent that starts again has the same port. */
  ports(): Promise<MachinePort[]>;
}

export interface MachinePort {
  name: string;
  port: number;
}

/** Those whose agents are this process' children. */
export interface KeptMachines extends LocalMachines {
  /** Of all that have a directory, whether their agents run or not. */
  names(): Promise<string[]>;
  /** For Ctrl-C: the agents leave, the shells stay and are adopted at the next start. */
  close(): Promise<void>;
  /** How many seats have something running, which `close` leaves so. */
  shells(): Promise<number>;
  /** Agents go on without us, for a start anew: no class is cut. */
  leave(): void;
}

export interface MachineSettings {
  /** The machines' directories lie in it. */
  root: string;
  /** How an agent is called: `["…/dist/clarateach-agent"]`. */
  agent: readonly string[];
  /** Handed to agents: what seats are; left out, they choose. */
  runtime?: "auto" | "docker" | "process";
  /** Handed to agents: where the seats' programs are that the computer doesn't have. */
  tools?: string;
}

/**
 * A machine is one agent process on this computer. Machines that exist already are adopted, those whose agent died are started again.
 * @throws when the directory can't be written
 */
export async function openMachines({ root, agent, runtime, tools }: MachineSettings): Promise<KeptMachines> {
  const directories = await openDirectories(root);
  const choice = runtime ? ["--runtime", runtime] : [];
  const settings = tools === undefined ? {} : { CLARATEACH_TOOLS: tools };
  const serve = (directory: string) => [...agent, "serve", "--machine", directory, ...choice];
  const supervisor = openSupervisor(directories, serve, settings);
  const removals = new Map<string, Promise<Leftovers>>();
  for (const name of await directories.names()) if (await directories.boot(name)) supervisor.watch(name);

  const find = async (name: string, options?: CallOptions): Promise<FoundMachine | undefined> =>
    removals.has(name) ? { name, workshop: "", status: "stopping" } : look(name, directories, supervisor, options);

  async function create({ name, boot }: MachineWish, options?: CallOptions): Promise<void> {
    await removals.get(name);
    options?.signal?.throwIfAborted();
    if (!(await directories.boot(name))) await directories.make(name, boot);
    supervisor.watch(name);
  }

  function remove(name: string): Promise<Leftovers> {
    const under = removals.get(name);
    if (under) return under;
    const clear = () => clearContainers(agent, directories.pathOf(name), environment());
    const removal = removeMachine(name, directories, supervisor, clear).finally(() => removals.delete(name));
    removals.set(name, removal);
    return removal;
  }

  async function ports(): Promise<MachinePort[]> {
    const all = (await directories.names()).map(async (name) => ({ name, port: (await directories.address(name))?.public.port }));
    return (await Promise.all(all)).flatMap(({ name, port }) => (port === undefined ? [] : [{ name, port }]));
  }

  return {
    ...{ create, find, remove, ports },
    fit: (seats) => askFit(agent, root, runtime ?? "auto", seats),
    list: async (options) => {
      const found = await Promise.all((await directories.names()).map((name) => find(name, options)));
      return found.filter((machine) => machine !== undefined);
    },
    names: directories.names,
    close: () => supervisor.end(),
    shells: async () => seatsAlive(await directories.names()),
    leave: () => supervisor.letGo(),
  };
}

async function look(
  name: string,
  directories: Directories,
  supervisor: Supervisor,
  options?: CallOptions,
): Promise<FoundMachine | undefined> {
  if (!(await directories.exists(name))) return undefined;
  const boot = await directories.boot(name);
  if (!boot)
    return {
      name,
      workshop: "",
      status: "broken",
      detail: "its directory was made in part only; creating it again completes it",
    };
  const known = { name, workshop: boot.workshop.id };
  const trouble = await supervisor.trouble(name);
  const [agent, address] = [await supervisor.agent(name), await directories.address(name)];
  if (agent && address?.pid === agent.pid && (await answers(address.public.port, name, options))) {
    const endpoint = `localhost:${address.public.port}`;
    const plane = { host: "127.0.0.1", port: address.plane.port };
    return { ...known, status: "running", plane, endpoint, url: `http://${endpoint}`, ip: "127.0.0.1" };
  }
  return trouble === undefined ? { ...known, status: "starting" } : { ...known, status: "broken", detail: trouble };
}

/** Whether this machine's agent is at the port, and not somebody who took it meanwhile. */
async function answers(port: number, name: string, options?: CallOptions): Promise<boolean> {
  const patience = AbortSignal.timeout(ANSWER_MS);
  const signal = options?.signal ? AbortSignal.any([options.signal, patience]) : patience;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal });
    return answer.ok && ((await answer.json()) as { machine?: string }).machine === name;
  } catch {
    options?.signal?.throwIfAborted();
    return false;
  }
}

/** In this order, so that nothing starts again what was ended; it works as well when the agent is dead or the directory half made. */
async function removeMachine(
  name: string,
  directories: Directories,
  supervisor: Supervisor,
  clear: () => Promise<Leftovers | undefined>,
): Promise<Leftovers> {
  const agents = await supervisor.stop(name);
  const cleared = await clear();
  const processes = agents + (await endAll(() => processesOfSeats(name)));
  const [files, ...runtime] = await Promise.all([directories.pathOf(name), ...runtimeDirectories(name)].map(measure));
  await Promise.all(runtimeDirectories(name).map(removeTree));
  await directories.remove(name);
  const displays = await removeDeadDisplays();
  const sockets = runtime.reduce((all, each) => all + each.sockets, (files?.sockets ?? 0) + displays);
  const own = { processes, directories: files?.directories ?? 0, sockets, bytes: files?.bytes ?? 0 };
  return sum(cleared ? [own, cleared] : [own]);
}
