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
}

export interface MachineWish {
  /** `clarateach-ws-abc` */
  name: string;
  workshop: string;
  /** Saved before the call; the cloud takes a repeated one as the same request. */
  requestId: string;
  /** The machine's document as JSON, with its nonce. */
  boot: string;
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
}

export interface Secrets {
  /** Seals it; doing it again with the same name replaces the value. */
  put(name: string, value: string, options?: CallOptions): Promise<void>;
  /** Undefined when there is none. */
  get(name: string, options?: CallOptions): Promise<string | undefined>;
  exists(name: string, options?: CallOptions): Promise<boolean>;
  /** Removing what isn't there is fine. */
  remove(name: string, options?: CallOptions): Promise<void>;
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
