import { type Clock, startClock } from "./clock.ts";
import { type ComputeState, newCompute } from "./compute/state.ts";
import { type DnsState, newDns } from "./dns/state.ts";
import { type Faults, openFaults } from "./faults.ts";
import { type History, openRecord } from "./record.ts";
import { newSecrets, type SecretsState } from "./secrets/state.ts";

/** How long things take, in milliseconds. */
export interface Times {
  /** Until an instance has a host, then an address (STAGING), then runs. */
  provision: number;
  stage: number;
  /** Until one that is deleted is gone. */
  delete: number;
  /** Other operations: metadata, labels, firewalls. */
  operation: number;
  /** Until a DNS change is done. */
  change: number;
}

/** Calls a minute of a project. The real ones depend on project and group of calls; none was recorded. */
export interface PerMinute {
  compute: number;
  dns: number;
  secrets: number;
}

export interface WorldSettings {
  project?: string;
  /** Compute zones; a region is one without its last part. */
  zones?: string[];
  /** DNS zones that are there from the start: `{ ws: "ws.example.com." }`. */
  managedZones?: Record<string, string>;
  times?: Partial<Times>;
  perMinute?: Partial<PerMinute>;
  /** How long every answer takes at least. */
  latencyMs?: number;
  /** Calls without it are refused; left out, nobody is asked. */
  token?: string;
  /** What machines' public addresses begin with: `198.18`; left out, they are this computer's own. */
  addresses?: string;
}

export interface World {
  project: string;
  /** Of the project: Secret Manager names things by it. */
  number: string;
  zones: string[];
  times: Times;
  perMinute: PerMinute;
  latencyMs: number;
  token: string | undefined;
  addresses: string | undefined;
  clock: Clock;
  history: History;
  faults: Faults;
  compute: ComputeState;
  dns: DnsState;
  secrets: SecretsState;
  /** What ends with it: metadata servers of its machines. */
  servers: Set<{ end(): Promise<void> }>;
  end(): Promise<void>;
}

const TIMES: Times = { provision: 20, stage: 20, delete: 20, operation: 10, change: 20 };
/** As remembered of a new project; a test that wants to meet them says smaller ones. */
const PER_MINUTE: PerMinute = { compute: 1500, dns: 600, secrets: 600 };
const ZONES = ["europe-west4-a", "europe-west4-b", "europe-west4-c", "us-central1-a"];

export function newWorld(settings: WorldSettings = {}): World {
  const clock = startClock();
  const servers: World["servers"] = new Set();
  return {
    project: settings.project ?? "p1",
    number: "123456789012",
    zones: settings.zones ?? ZONES,
    times: { ...TIMES, ...settings.times },
    perMinute: { ...PER_MINUTE, ...settings.perMinute },
    latencyMs: settings.latencyMs ?? 0,
    token: settings.token,
    addresses: settings.addresses,
    clock,
    history: openRecord(),
    faults: openFaults(),
    compute: newCompute(),
    dns: newDns(),
    secrets: newSecrets(),
    servers,
    end: async () => {
      await Promise.all([...servers].map((server) => server.end()));
    },
  };
}
