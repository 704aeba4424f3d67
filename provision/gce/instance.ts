import { createHash } from "node:crypto";
import type { protos } from "@google-cloud/compute";
import type { FoundMachine, MachineWish } from "../cloud.ts";
import { asLabel, type GoogleSettings, hostOf, labelsOf } from "./settings.ts";

type Instance = protos.google.cloud.compute.v1.IInstance;

/** Metadata of a machine: its document; further ones as the wish names them. */
export const BOOT_KEY = "clarateach-boot";
/** The machine plane, on each machine alike. */
const PLANE_PORT = 8443;
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
          labels,
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

function metadataOf({ startupScript }: GoogleSettings, { boot, metadata = {} }: MachineWish): { key: string; value: string }[] {
  const items = {
    ...metadata,
    [BOOT_KEY]: boot,
    "block-project-ssh-keys": "TRUE",
    ...(startupScript && { "startup-script": startupScript }),
  };
  return Object.entries(items).map(([key, value]) => ({ key, value }));
}

/** The same for the same wish in the same zone, another one for each zone. */
export function requestIdIn(zone: string, requestId: string): string {
  const hex = createHash("sha256").update(`${requestId} ${zone}`).digest("hex");
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
    ...{ name, workshop: labels?.workshop ?? "", ...stateOf(status, zone, instance.statusMessage), ...where },
    metadata: Object.fromEntries(
      items.filter(({ key }) => key !== BOOT_KEY && key !== "startup-script").map(({ key, value }) => [key, value]),
    ),
  };
  return { name, zone, status, found, fingerprint: metadata?.fingerprint ?? "", items };
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
  return { status: "broken", detail: `Google Cloud says ${status || "nothing"} of it in ${zone}${why}` };
}
