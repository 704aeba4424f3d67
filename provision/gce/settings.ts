import type { AuthoritySettings } from "../certificates/account.ts";

/** What of Google Cloud this gateway uses. */
export interface GoogleSettings {
  project: string;
  /** In the order in which they are tried: `["europe-west4-a", "europe-west4-b"]`. */
  zones: readonly string[];
  /** Name of the DNS zone, as the API has it. */
  dnsZone: string;
  /** `ws.example.com`; machines are one label below it. */
  domain: string;
  /** `e2-standard-8` */
  machineType: string;
  /** An image or a family: `projects/debian-cloud/global/images/family/debian-12`. */
  image: string;
  diskGb: number;
  /** `global/networks/default` */
  network: string;
  /** What the firewall's rule lets through to. */
  networkTag: string;
  /** Tells this gateway's resources from another's in the same project: `[a-z0-9_-]`, at most 63. */
  installation: string;
  /** Further ones of this installation's own, for bills and whoever looks at the project; nothing is found by them. */
  labels: Readonly<Record<string, string>>;
  /** Who signs the machines' certificates, in the order in which they are asked. Left out: machines have none. */
  authorities?: readonly AuthoritySettings[];
  /** What a machine runs at its start. */
  startupScript?: string;
  /** What it fetches then, where its image hasn't these. */
  agent?: Fetched;
  seats?: Fetched;
  /** What its agent is to know of seats: `{CLARATEACH_OUTBOUND: "none"}`. Values are single lines without single quotes and backslashes. */
  seatSettings?: Readonly<Record<string, string>>;
}

export interface Fetched {
  /** https, open to the machine without any account. */
  url: string;
  /** hex */
  sha256: string;
}

const ownLabels = ({ installation }: Pick<GoogleSettings, "installation">) => ({
  "managed-by": "clarateach",
  installation,
});

/** On everything this gateway makes. */
export const labelsOf = (settings: Pick<GoogleSettings, "installation" | "labels">) => ({
  ...settings.labels,
  ...ownLabels(settings),
});

/** For lists: what this gateway made, and nothing else. */
export const ownFilter = (settings: Pick<GoogleSettings, "installation">): string =>
  Object.entries(ownLabels(settings))
    .map(([label, value]) => `labels.${label}=${value}`)
    .join(" AND ");

/** `clarateach-ws-abc123-2` → `ws-abc123-2.ws.example.com` */
export const hostOf = ({ domain }: Pick<GoogleSettings, "domain">, machine: string): string =>
  `${machine.replace(/^clarateach-/, "")}.${domain}`;

/** Labels hold `[a-z0-9_-]`, at most 63 of them. */
export const asLabel = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "-")
    .slice(0, 63);
