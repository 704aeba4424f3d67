import { byDns } from "../certificates/by-dns.ts";
import { openRequestAuthority } from "../certificates/request-authority.ts";
import { openRequests } from "../certificates/requests.ts";
import { sealedAccounts } from "../certificates/sealed-accounts.ts";
import type { OpenCloud, Patience } from "../cloud.ts";
import { openClients } from "./clients.ts";
import { openCosts } from "./costs.ts";
import { openMachines } from "./machines.ts";
import { openNames } from "./names.ts";
import { ZONE_MS } from "./placing.ts";
import { openSecrets } from "./secrets.ts";
import type { GoogleSettings } from "./settings.ts";
import type { Access } from "./zone.ts";

/** Google's own disturbances of some minutes, and a minute's quota that is used up, pass by themselves. */
const TROUBLE_MS = 180_000;

/** A VM boots in 1 to 3 minutes, its certificate takes one or two, what a definition installs some more. */
const LEAD_MS = 10 * 60_000;

const patienceOf = ({ zones }: GoogleSettings): Patience => ({
  createMs: zones.length * ZONE_MS,
  troubleMs: TROUBLE_MS,
  leadMs: LEAD_MS,
});

/** Machines, names and secrets on Google Cloud. @throws GoogleProblem when there are no credentials or nobody answers */
export async function openGoogleCloud(settings: GoogleSettings, access?: Access): Promise<OpenCloud> {
  const clients = await openClients(settings.project, settings.dnsZone, access);
  const [secrets, names] = [openSecrets(settings, clients), openNames(settings, clients)];
  const accounts = sealedAccounts(secrets);
  const authorities = (settings.authorities ?? []).map((each) => openRequestAuthority(each, accounts, byDns(names)));
  return {
    machines: openMachines(settings, clients),
    patience: patienceOf(settings),
    secrets,
    names,
    costs: openCosts(settings),
    ...(authorities.length > 0 && { certificates: openRequests({ authorities, names }) }),
    // Nothing of a class is in this process: machines go on by themselves.
    close: async () => {},
    shells: async () => 0,
    leave: () => {},
  };
}
