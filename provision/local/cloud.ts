import { join } from "node:path";
import { removeDeadDisplays } from "../../agent/contract/displays.ts";
import type { Leftovers } from "../../agent/contract/machine.ts";
import { runtimeDirectories } from "../../agent/contract/running.ts";
import { openAuthority } from "../certificates/authority.ts";
import { type KeptCertificates, openCertificates } from "../certificates/certificates.ts";
import { openFiles } from "../certificates/files.ts";
import type { CallOptions, FoundMachine, MachineWish, OpenCloud } from "../cloud.ts";
import { clearContainers } from "./containers.ts";
import { type Directories, measure, openDirectories, removeTree } from "./directories.ts";
import { askFit } from "./fit.ts";
import { type Front, openFront, type PublicSettings } from "./front.ts";
import { endAll, processesOfSeats, seatsAlive } from "./processes.ts";
import { openSecrets } from "./secrets.ts";
import { environment, openSupervisor, type Supervisor } from "./supervisor.ts";

/** An agent answers in a millisecond; on a busy laptop it may take a while. */
const ANSWER_MS = 2000;

export interface LocalSettings {
  /** The gateway's data directory; machines and sealed secrets lie in it. */
  data: string;
  /** How an agent is called: `["…/dist/clarateach-agent"]`. */
  agent: readonly string[];
  /** Handed to agents: what seats are; left out, they choose. */
  runtime?: "auto" | "docker" | "process";
  /** A server with a public name. */
  public?: PublicSettings;
  /** For whoever runs the server: certificates come and fail at night. */
  tell?(sentence: string): void;
}

/**
 * The embedded default: a machine is one agent process on this computer. Machines that exist already are adopted, those whose agent
 * died are started again. @throws when the data directory can't be written
 */
export async function openLocalCloud(settings: LocalSettings): Promise<OpenCloud> {
  const { data, agent, runtime } = settings;
  const [directories, secrets] = await Promise.all([openDirectories(join(data, "machines")), openSecrets(data)]);
  const choice = runtime ? ["--runtime", runtime] : [];
  const supervisor = openSupervisor(directories, (directory) => [...agent, "serve", "--machine", directory, ...choice]);
  const open = settings.public && (await openPublic(settings, settings.public, directories));
  const removals = new Map<string, Promise<Leftovers>>();
  for (const name of await directories.names()) if (await directories.boot(name)) supervisor.watch(name);

  const find = async (name: string, options?: CallOptions): Promise<FoundMachine | undefined> => {
    if (removals.has(name)) return { name, workshop: "", status: "stopping" };
    const machine = await look(name, directories, supervisor, options);
    return machine?.status === "running" && open ? named(machine, open.front) : machine;
  };

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

  async function close(): Promise<void> {
    open?.certificates.close();
    await Promise.all([supervisor.end(), open?.front.end()]);
  }

  function leave(): void {
    open?.certificates.close();
    open?.front.letGo();
    supervisor.letGo();
  }

  return {
    close,
    shells: async () => seatsAlive(await directories.names()),
    leave,
    secrets,
    ...(open && { certificates: open.certificates }),
    machines: {
      create,
      find,
      remove,
      fit: (seats) => askFit(agent, join(data, "machines"), runtime ?? "auto", seats),
      list: async (options) => {
        const found = await Promise.all((await directories.names()).map((name) => find(name, options)));
        return found.filter((machine) => machine !== undefined);
      },
    },
  };
}

/** The front, and the certificates that it shows. */
async function openPublic(
  { data, agent, tell = () => {} }: LocalSettings,
  settings: PublicSettings,
  directories: Directories,
): Promise<{ front: Front; certificates: KeptCertificates }> {
  const files = await openFiles(join(data, "certificates"));
  const front = await openFront({ data, agent, settings, directories, files });
  const certificates = openCertificates({
    files,
    authorities: settings.authorities.map((directory) => openAuthority(directory, files, front)),
    serve: front.serve,
    forget: front.refresh,
    wanted: front.hosts,
    tell,
  });
  void certificates.keep(settings.domain);
  return { front, certificates };
}

/** As learners reach it; the front knows the way before anybody hears of it. */
async function named(machine: FoundMachine, front: Front): Promise<FoundMachine> {
  await front.refresh();
  const endpoint = front.endpointOf(machine.name);
  return { ...machine, endpoint, url: `https://${endpoint}` };
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
  const sockets = runtime.reduce((sum, each) => sum + each.sockets, (files?.sockets ?? 0) + displays);
  const own = { processes, directories: files?.directories ?? 0, sockets, bytes: files?.bytes ?? 0 };
  if (!cleared) return own;
  return {
    processes: own.processes + cleared.processes,
    directories: own.directories + cleared.directories,
    sockets: own.sockets + cleared.sockets,
    bytes: own.bytes + cleared.bytes,
  };
}
