import { createHash } from "node:crypto";
import type { protos } from "@google-cloud/compute";
import { PLANE_PORT } from "../../agent/contract/machine.ts";
import type { FoundMachine, MachineWish } from "../cloud.ts";
import { asLabel, type GoogleSettings, hostOf, labelsOf } from "./settings.ts";

type Instance = protos.google.cloud.compute.v1.IInstance;

/** Metadata of a machine: its document; further ones as the wish names them. */
export const BOOT_KEY = "clarateach-boot";
/** Of a disk: seconds since 1970, when nobody wants it any more. Of a machine Google knows that by itself. */
export const ENDS_LABEL = "ends";
/** Google takes at least half a minute. */
const LEAST_RUN_SECONDS = 60;

/** @param now milliseconds since 1970: how long it may run is counted from its start */
export function instanceOf(settings: GoogleSettings, wish: MachineWish, zone: string, now: number): Instance {
  const { name, workshop, code, endsBy } = wish;
  const labels = { ...labelsOf(settings), workshop: asLabel(workshop), ...(code && { code: asLabel(code) }) };
  return {
    name,
    labels,
    machineType: `zones/${zone}/machineTypes/${settings.machineType}`,
    tags: { items: [settings.networkTag] },
    metadata: { items: metadataOf(settings, wish) },
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: {
          sourceImage: settings.image,
          diskSizeGb: String(settings.diskGb),
          diskType: `zones/${zone}/diskTypes/pd-balanced`,
          labels: { ...labels, ...(endsBy !== undefined && { [ENDS_LABEL]: String(Math.ceil(endsBy / 1000)) }) },
        },
      },
    ],
    networkInterfaces: [{ network: settings.network, accessConfigs: [{ type: "ONE_TO_ONE_NAT", name: "External NAT" }] }],
    // No service account: whoever gets hold of a machine has nothing of the cloud's.
    serviceAccounts: [],
    shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
    scheduling: endsBy === undefined ? {} : runsUntil(endsBy, now),
    deletionProtection: false,
  };
}

/** Google deletes it then, whether the gateway lives or not. */
const runsUntil = (endsBy: number, now: number) => ({
  maxRunDuration: { seconds: String(Math.max(LEAST_RUN_SECONDS, Math.ceil((endsBy - now) / 1000))) },
  instanceTerminationAction: "DELETE",
});

function metadataOf(
  { startupScript, agent, seats, seatSettings }: GoogleSettings,
  { boot, metadata = {} }: MachineWish,
): { key: string; value: string }[] {
  const items = {
    ...metadata,
    [BOOT_KEY]: boot,
    "block-project-ssh-keys": "TRUE",
    ...(startupScript && { "startup-script": startupScript }),
    ...(seatSettings && { "clarateach-settings": linesOf(seatSettings) }),
    ...(agent && { "clarateach-agent-url": agent.url, "clarateach-agent-sha256": agent.sha256 }),
    ...(seats && { "clarateach-seats-url": seats.url, "clarateach-seats-sha256": seats.sha256 }),
  };
  return Object.entries(items).map(([key, value]) => ({ key, value }));
}

/** As systemd reads them (EnvironmentFile): what has double quotes, JSON, stands between single ones, in which it takes everything as it is. */
const linesOf = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value.includes('"') ? `'${value}'` : value}\n`)
    .join("");

/** The same for the same wish in the same zone, another one for each zone and each try. @param attempt 1, 2 … */
export function requestIdIn(zone: string, requestId: string, attempt: number): string {
  const hex = createHash("sha256").update(`${requestId} ${zone} ${attempt}`).digest("hex");
  // Version 8 and the variant of RFC 9562: made from something.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** As Google lists it; whether its plane answers is another question. */
export interface Listed {
  name: string;
  zone: string;
  status: string;
  found: FoundMachine;
  fingerprint: string;
  items: { key: string; value: string }[];
}

export function listedOf(settings: GoogleSettings, instance: Instance): Listed {
  const { labels, metadata, networkInterfaces } = instance;
  const [name, status] = [instance.name ?? "", String(instance.status ?? "")];
  const zone = (instance.zone ?? "").split("/").at(-1) ?? "";
  const items = (metadata?.items ?? []).map(({ key, value }) => ({ key: key ?? "", value: value ?? "" }));
  const ip = networkInterfaces?.[0]?.accessConfigs?.[0]?.natIP;
  const endpoint = hostOf(settings, name);
  const where = ip ? { plane: { host: ip, port: PLANE_PORT }, endpoint, url: `https://${endpoint}`, ip } : {};
  const found: FoundMachine = {
    ...{ name, workshop: labels?.workshop ?? "", place: zone, ...stateOf(status, zone, instance.statusMessage), ...where },
    ...endOf(instance),
    ...rentedOf(instance, zone),
    ...bootOf(items),
    metadata: Object.fromEntries(
      items.filter(({ key }) => key !== BOOT_KEY && key !== "startup-script").map(({ key, value }) => [key, value]),
    ),
  };
  return { name, zone, status, found, fingerprint: metadata?.fingerprint ?? "", items };
}

/** Counted from when it runs, some seconds after it was made. */
function endOf({ creationTimestamp, scheduling }: Instance): { endsBy?: number } {
  const seconds = Number(scheduling?.maxRunDuration?.seconds ?? 0);
  const madeAt = Date.parse(creationTimestamp ?? "");
  return seconds > 0 && !Number.isNaN(madeAt) ? { endsBy: madeAt + seconds * 1000 } : {};
}

function rentedOf({ creationTimestamp, machineType, disks }: Instance, zone: string): Pick<FoundMachine, "rented"> {
  const since = Date.parse(creationTimestamp ?? "");
  if (Number.isNaN(since)) return {};
  const diskGb = (disks ?? []).reduce((sum, { diskSizeGb }) => sum + Number(diskSizeGb ?? 0), 0);
  return { rented: { zone, machineType: (machineType ?? "").split("/").at(-1) ?? "", diskGb, since } };
}

function bootOf(items: Listed["items"]): { boot?: string } {
  const boot = items.find(({ key }) => key === BOOT_KEY)?.value;
  return boot === undefined ? {} : { boot };
}

type State = Pick<FoundMachine, "status" | "detail">;

const STATES: Record<string, FoundMachine["status"]> = {
  PENDING: "starting",
  PROVISIONING: "starting",
  STAGING: "starting",
  RUNNING: "running",
  PENDING_STOP: "stopping",
  STOPPING: "stopping",
  DEPROVISIONING: "stopping",
};

function stateOf(status: string, zone: string, message: string | null | undefined): State {
  const known = STATES[status];
  if (known) return { status: known };
  const why = message ? `: ${message}` : "";
  return { status: "broken", detail: `it stopped by itself in ${zone} (Google Cloud says ${status || "nothing"} of it${why}).` };
}
