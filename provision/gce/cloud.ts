import type { OpenCloud } from "../cloud.ts";
import { type Access, openClients } from "./clients.ts";
import { openMachines } from "./machines.ts";
import { openNames } from "./names.ts";
import { openSecrets } from "./secrets.ts";
import type { GoogleSettings } from "./settings.ts";

/** Machines, names and secrets on Google Cloud. @throws GoogleProblem when there are no credentials or nobody answers */
export async function openGoogleCloud(settings: GoogleSettings, access?: Access): Promise<OpenCloud> {
  const clients = await openClients(settings.project, settings.dnsZone, access);
  return {
    machines: openMachines(settings, clients),
    secrets: openSecrets(settings, clients),
    names: openNames(settings, clients),
    // Nothing of a class is in this process: machines go on by themselves.
    close: async () => {},
    shells: async () => 0,
    leave: () => {},
  };
}
