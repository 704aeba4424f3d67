import type { Fit } from "../agent/contract/fit.ts";
import type { Leftovers } from "../agent/contract/machine.ts";

/**
 * What the gateway asks of a place where machines can exist. A provider keeps no state of its own that matters: `find` looks, it
 * doesn't remember. Every `create` carries an id chosen and saved by the caller before the call, and doing it twice makes one thing.
 */
export interface Machines {
  /** Doesn't wait until it runs: `find` tells. Creating what exists already is fine. */
  create(wish: MachineWish, options?: CallOptions): Promise<void>;
  /** What is there now; undefined when nothing is. */
  find(name: string, options?: CallOptions): Promise<FoundMachine | undefined>;
  /**
   * Gone with its disk. Deleting what isn't there is fine. May return before it is gone: `find` tells.
   * @returns what it took away, counted while it did: for the receipt
   */
  remove(name: string, options?: CallOptions): Promise<Leftovers>;
  /** What each of so many seats would get of a machine that isn't made yet. Missing: nobody knows before. */
  fit?(seats: number): Promise<Fit>;
  /** All machines with our label: what the sweep compares with the database. */
  list(options?: CallOptions): Promise<FoundMachine[]>;
  /** Puts these beside what stands in its metadata, replacing those of the same key. Missing: nobody could read them. */
  write?(name: string, metadata: Record<string, string>, options?: CallOptions): Promise<void>;
  /** The end of what it said while it booted. Missing: it says that in `detail`. */
  lastWords?(name: string, options?: CallOptions): Promise<string>;
}

export interface MachineWish {
  /** `clarateach-ws-abc` */
  name: string;
  workshop: string;
  /** Saved before the call; the cloud takes a repeated one as the same request. */
  requestId: string;
  /** The machine's document as JSON, with its nonce. */
  boot: string;
  /** The workshop's, for whoever looks at the cloud's own pages. */
  code?: string;
  /** Milliseconds since 1970: the cloud itself deletes it then, whether the gateway lives or not. */
  endsBy?: number;
  /** What else a gateway without its database wants to read of it. No secrets: every process of the machine can. */
  metadata?: Record<string, string>;
}

export interface FoundMachine {
  name: string;
  workshop: string;
  status: "starting" | "running" | "stopping" | "broken";
  /** Host and port of the machine plane, https with the machine's own certificate. */
  plane?: { host: string; port: number };
  /** For learners, as in the seeds: a host, with the port where it isn't 443. */
  endpoint?: string;
  /** What a learner's browser opens, without a path: `http://localhost:4101`. */
  url?: string;
  /** For the token's `vmIp`. */
  ip?: string;
  /** Why it is broken. */
  detail?: string;
  /** As the wish had it, or was written since. */
  metadata?: Record<string, string>;
}

export interface Secrets {
  /** Seals it; doing it again with the same name replaces the value. */
  put(name: string, value: string, options?: PutOptions): Promise<void>;
  /** Undefined when there is none. */
  get(name: string, options?: CallOptions): Promise<string | undefined>;
  exists(name: string, options?: CallOptions): Promise<boolean>;
  /** Removing what isn't there is fine. */
  remove(name: string, options?: CallOptions): Promise<void>;
  /** Moves its end. Missing: they have none. @param expiresAt milliseconds since 1970 @throws when it isn't there */
  keepUntil?(name: string, expiresAt: number, options?: CallOptions): Promise<void>;
  /** All with our label: what the sweep compares with the database. */
  list?(options?: CallOptions): Promise<FoundSecret[]>;
}

export interface PutOptions extends CallOptions {
  /** Milliseconds since 1970: gone by itself then, where the store can do that. Only of one that is made by this call. */
  expiresAt?: number;
  /** Whose it is. */
  workshop?: string;
}

export interface FoundSecret {
  name: string;
  workshop?: string;
}

/** Public names of machines: each stands for itself and all names below it. */
export interface Names {
  /** Points it at this address and waits until the name servers say so; what it pointed at before is replaced. Once more is fine. */
  create(host: string, ip: string, options?: CallOptions): Promise<void>;
  /** Undefined when there is none. */
  find(host: string, options?: CallOptions): Promise<FoundName | undefined>;
  /** Removing what isn't there is fine. */
  remove(host: string, options?: CallOptions): Promise<void>;
  /** All that have a machine's name: what the sweep compares with the database. */
  list(options?: CallOptions): Promise<FoundName[]>;
}

export interface FoundName {
  host: string;
  ip: string;
  /** `broken`: half of it is there; creating it again completes it. */
  status: "running" | "broken";
  /** Why it is broken. */
  detail?: string;
}

/** Certificates that browsers believe, each for one host, served and renewed as long as they are wanted. */
export interface Certificates {
  /** Doesn't wait until it is there: `find` tells. Ordering what exists or is on its way already is fine. */
  create(host: string, options?: CallOptions): Promise<void>;
  /** Undefined when there is none and none is on its way. */
  find(host: string, options?: CallOptions): Promise<FoundCertificate | undefined>;
  /** Ends an order that is under way. Removing what isn't there is fine. */
  remove(host: string, options?: CallOptions): Promise<void>;
}

export interface FoundCertificate {
  host: string;
  /** `running`: it is served. */
  status: "starting" | "running" | "broken";
  /** Why it is broken. */
  detail?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface Cloud {
  machines: Machines;
  secrets: Secrets;
  /** Where machines have public names. */
  certificates?: Certificates;
  /** Where the names of machines have to be told to the world, one by one. */
  names?: Names;
}

/** One that a gateway opened, and how it is left. */
export interface OpenCloud extends Cloud {
  /** For Ctrl-C: agents leave, shells stay and are adopted at the next start. */
  close(): Promise<void>;
  /** How many seats have something running, which `close` leaves so. */
  shells(): Promise<number>;
  /** Agents and front go on without us, for a gateway that starts again: no class is cut. */
  leave(): void;
}
