import { randomInt } from "node:crypto";

export interface Image {
  project: string;
  family: string;
  name: string;
}

export interface Disk {
  id: string;
  name: string;
  zone: string;
  sizeGb: string;
  type: string;
  image: Image;
  labels: Record<string, string>;
  createdAt: number;
  /** Name of the instance that uses it. */
  user?: string;
}

export interface MetadataItem {
  key: string;
  value: string;
}

/** An instance as it is answered, in compute's JSON, where the emulator itself looks at it; the rest is as it was sent. */
export interface Instance extends Record<string, unknown> {
  id: string;
  name: string;
  zone: string;
  status: "PROVISIONING" | "STAGING" | "RUNNING" | "STOPPING" | "TERMINATED";
  labels?: Record<string, string>;
  labelFingerprint: string;
  metadata: { kind: string; fingerprint: string; items?: MetadataItem[] };
  tags: { fingerprint: string; items?: string[] };
  disks: { deviceName: string; autoDelete: boolean }[];
  networkInterfaces: { networkIP?: string; accessConfigs?: { natIP?: string; type?: string; name?: string }[] }[];
  resourceStatus?: { scheduling: { terminationTimestamp?: string } };
}

/** What the emulator knows of an instance beside what it answers. */
export interface Machine {
  zone: string;
  instance: Instance;
  disks: { disk: Disk; name: string; autoDelete: boolean }[];
  /** All that it wrote to port 1, and how much of the beginning the ring has lost. */
  serial: string;
  serialStart: number;
  /** `workshop/state` → `ready` */
  guest: Map<string, string>;
  vcpus: number;
  /** How often it was started: what was planned for one run doesn't happen to the next. */
  runs: number;
}

export interface OperationError {
  code: string;
  message: string;
  /** HTTP status and its words, as the operation tells them. */
  status: number;
  errorDetails?: unknown[];
}

/** As it is answered. */
export interface Operation extends Record<string, unknown> {
  name: string;
  status: "PENDING" | "RUNNING" | "DONE";
}

/** A firewall or network, as it is answered. */
export interface Named extends Record<string, unknown> {
  id: string;
  name: string;
}

export interface ComputeState {
  /** By `zone/name`. */
  machines: Map<string, Machine>;
  disks: Map<string, Disk>;
  /** By name. */
  operations: Map<string, Operation>;
  /** The operation's name, by the request id that began it. */
  requests: Map<string, string>;
  firewalls: Map<string, Named>;
  /** Beside the one that every project has. */
  networks: Map<string, Named>;
  /** By `project/family`: the newest image of it. */
  images: Map<string, string>;
  /** Zones without room. `details`: told as `…_WITH_DETAILS`. */
  exhausted: Map<string, { details: boolean }>;
  /** Limits of a region by metric: `CPUS`, `INSTANCES`, `IN_USE_ADDRESSES`; of the project: `CPUS_ALL_REGIONS`. */
  quotas: Map<string, number>;
  /** Called when an instance runs, ends or is told something new. */
  watchers: Set<(machine: Machine, what: "running" | "gone" | "metadata") => void>;
  /** Where its addresses begin. */
  firstAddress: number;
  /** For ids and addresses that differ. */
  counter: number;
}

export function newCompute(): ComputeState {
  return {
    machines: new Map(),
    disks: new Map(),
    operations: new Map(),
    requests: new Map(),
    firewalls: new Map(),
    networks: new Map(),
    images: new Map([
      ["debian-cloud/debian-12", "debian-12-bookworm-v20261110"],
      ["debian-cloud/debian-13", "debian-13-trixie-v20261110"],
    ]),
    exhausted: new Map(),
    quotas: new Map([
      ["CPUS", 6000],
      ["INSTANCES", 6000],
      ["IN_USE_ADDRESSES", 6000],
    ]),
    watchers: new Set(),
    counter: 0,
    firstAddress: randomInt(2 ** 22),
  };
}

export const machineKey = (zone: string, name: string): string => `${zone}/${name}`;
