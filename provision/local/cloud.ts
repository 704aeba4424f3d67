import { join } from "node:path";
import { openAuthority } from "../certificates/authority.ts";
import { byDns } from "../certificates/by-dns.ts";
import { byHttp } from "../certificates/by-http.ts";
import { type KeptCertificates, openCertificates } from "../certificates/certificates.ts";
import { openFiles } from "../certificates/files.ts";
import { openRequestAuthority, type Way } from "../certificates/request-authority.ts";
import type { FoundMachine, Machines, OpenCloud, Patience } from "../cloud.ts";
import { type DnsSettings, type Front, openFront, type PublicSettings } from "./front.ts";
import { askMachineService } from "./machine-client.ts";
import { type LocalMachines, openMachines } from "./machines.ts";
import { openSecrets } from "./secrets.ts";

/** A directory and a process, on a laptop that may be busy: ten seats take seconds, what a definition installs a little more. */
const PATIENCE: Patience = { createMs: 15_000, troubleMs: 30_000, leadMs: 60_000 };

export interface LocalSettings {
  /** The gateway's data directory; machines and sealed secrets lie in it. */
  data: string;
  /** Handed to agents: where the seats' programs are that the computer doesn't have. */
  tools?: string;
  /** How an agent is called: `["…/dist/clarateach-agent"]`. */
  agent: readonly string[];
  /** Handed to agents: what seats are; left out, they choose. */
  runtime?: "auto" | "docker" | "process";
  /** A server with a public name. */
  public?: PublicSettings;
  /** Socket of the service that makes machines as root; its like keeps the front. Without it both are this process' children. */
  machineService?: string;
  /** For whoever runs the server: certificates come and fail at night. */
  report?(sentence: string): void;
}

/** The embedded default: a machine is one agent process on this computer. @throws when the data directory can't be written */
export async function openLocalCloud(settings: LocalSettings): Promise<OpenCloud> {
  const { data, machineService } = settings;
  const secrets = await openSecrets(data);
  const kept = machineService === undefined ? await openMachines({ ...settings, root: join(data, "machines") }) : undefined;
  const machines = kept ?? askMachineService(machineService as string);
  const open = settings.public && (await openPublic(settings, settings.public, machines));
  return {
    secrets,
    machines: open ? named(machines, open.front) : machines,
    patience: PATIENCE,
    ...(open && { certificates: open.certificates }),
    shells: async () => kept?.shells() ?? 0,
    close: async () => {
      open?.certificates.close();
      await Promise.all([kept?.close(), open?.front.end()]);
    },
    leave: () => {
      open?.certificates.close();
      open?.front.letGo();
      kept?.leave();
    },
  };
}

/** The front, and the certificates that it shows. */
async function openPublic(
  { data, agent, machineService, report = () => {} }: LocalSettings,
  settings: PublicSettings,
  machines: LocalMachines,
): Promise<{ front: Front; certificates: KeptCertificates }> {
  const files = await openFiles(join(data, "certificates"));
  const command = machineService === undefined ? [...agent, "front", "--data", data] : undefined;
  const front = await openFront({ data, command, settings, machines, files });
  const way = settings.dns ? await throughZone(settings.domain, settings.dns) : byHttp(front);
  const certificates = openCertificates({
    files,
    authorities: settings.authorities.map((each) => openAuthority(openRequestAuthority(each, files, way), way)),
    serve: front.serve,
    forget: front.refresh,
    wanted: front.hosts,
    report,
    advice: way.advice,
  });
  void certificates.keep(settings.domain);
  return { front, certificates };
}

/** Loaded where it is chosen: Google's clients are as large as the gateway. */
async function throughZone(domain: string, { project, zone, access }: DnsSettings): Promise<Way> {
  const [{ openZone }, { openNames }] = await Promise.all([import("../gce/zone.ts"), import("../gce/names.ts")]);
  // It points no names: all below the domain lead here already.
  return byDns(openNames({ domain, installation: domain }, { zone: await openZone(project, zone, access) }));
}

/** As learners reach them; the front knows the way before anybody hears of it. */
function named(machines: LocalMachines, front: Front): Machines {
  const asReached = async (machine: FoundMachine): Promise<FoundMachine> => {
    if (machine.status !== "running") return machine;
    await front.refresh();
    const endpoint = front.endpointOf(machine.name);
    return { ...machine, endpoint, url: `https://${endpoint}` };
  };
  return {
    ...machines,
    find: async (name, options) => {
      const found = await machines.find(name, options);
      return found && asReached(found);
    },
    list: async (options) => Promise.all((await machines.list(options)).map(asReached)),
  };
}
