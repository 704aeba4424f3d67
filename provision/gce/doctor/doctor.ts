import { promises as dns } from "node:dns";
import { Problem } from "../../../agent/contract/errors.ts";
import { authorityName } from "../../certificates/account.ts";
import { sealedAccounts } from "../../certificates/sealed-accounts.ts";
import type { Finding } from "../../cloud.ts";
import { ask } from "../calls.ts";
import { type Clients, oneAttempt, openClients } from "../clients.ts";
import { openSecrets } from "../secrets.ts";
import type { GoogleSettings } from "../settings.ts";
import type { Access } from "../zone.ts";
import { apis } from "./apis.ts";
import { authority } from "./authority.ts";
import { clock } from "./clock.ts";
import { delegation, zone } from "./domain.ts";
import { found, green, red, type Seen, unknown } from "./finding.ts";
import { firewall } from "./firewall.ts";
import { image, machineTypes, quota, regionsOf } from "./machines.ts";

/** A name server that doesn't answer. */
const NAMES_MS = 5000;
const GOOGLE = "https://www.googleapis.com/";

export interface Wanted {
  /** As many at once. */
  machines: number;
  /** Whom to ask for names; left out, whom this computer asks. */
  resolver?: dns.Resolver;
}

/** What a class needs of Google Cloud, looked at and not touched. All looks go side by side, half a minute each at most. */
export async function examine(settings: GoogleSettings, { machines, resolver }: Wanted, access?: Access): Promise<Finding[]> {
  let clients: Clients | undefined;
  const credentials = await found("Credentials", async () => {
    const opened = await openClients(settings.project, settings.dnsZone, access).catch((error: Error) => error);
    if (opened instanceof Error) return refused(opened);
    clients = opened;
    return green(`Google gives tokens for the project ${settings.project}.`);
  });
  const world = resolver ?? (access ? undefined : new dns.Resolver({ timeout: NAMES_MS, tries: 1 }));
  const looks: [what: string, look: (clients: Clients, signal: AbortSignal) => Promise<Seen>][] = [
    ["APIs", (opened, signal) => apis(settings, opened, signal)],
    ["Machine type", (opened, signal) => machineTypes(settings, opened, signal)],
    ...regionsOf(settings).map((region): (typeof looks)[number] => [
      `Quota in ${region}`,
      (opened, signal) => quota(settings, opened, region, machines, signal),
    ]),
    ["Firewall", (opened, signal) => firewall(settings, opened, signal)],
    ["Image", (opened, signal) => image(settings, opened, signal)],
    ["Sealed keys", (opened, signal) => secrets(settings, opened, signal)],
    ["DNS zone", (opened, signal) => zone(settings, opened, signal)],
    ["Delegation of the domain", (opened, signal) => delegation(settings, opened, world, signal)],
    ...(settings.authorities ?? []).map((each): (typeof looks)[number] => [
      `Certificates by ${authorityName(each.directory)}`,
      (opened, signal) =>
        authority(
          each,
          sealedAccounts(openSecrets(settings, opened)),
          (name) => `${settings.installation}-acme-${name} --project ${settings.project}`,
          signal,
        ),
    ]),
  ];
  const opened = clients;
  const without = async () => unknown("Not looked at: there are no credentials.");
  const findings = looks.map(([what, look]) => found(what, (signal) => (opened ? look(opened, signal) : without())));
  const time = found("Clock", (signal) => clock(access ? `http://${access.host}:${access.port}/` : GOOGLE, signal));
  return [credentials, ...(await Promise.all([...findings, time]))];
}

const refused = (error: Error): Seen =>
  error instanceof Problem && error.code === "FORBIDDEN" ? red(error.message) : unknown(error.message);

async function secrets({ project }: GoogleSettings, { secrets: client }: Clients, signal: AbortSignal): Promise<Seen> {
  const list = () => client.listSecrets({ parent: `projects/${project}`, pageSize: 1 }, { ...oneAttempt(), autoPaginate: false });
  await ask("list the secrets", list, { signal });
  return green("Secrets can be listed.");
}
