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
  /** What each of a new workshop's seats would get, where all its machines share one computer. Missing: each has its own, made for ten. */
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
  /**
   * What else a gateway without its database wants to read of it. No key of anybody's, but learners' reconnect codes: every process of the
   * machine outside a seat can read it, and whoever may read the project's machines.
   */
  metadata?: Record<string, string>;
}

export interface FoundMachine {
  name: string;
  workshop: string;
  status: "starting" | "running" | "stopping" | "broken";
  /** Where it stands, for people: `europe-west4-a`. Missing: on this computer. */
  place?: string;
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
  /** It is gone, and its disk isn't: that is taken away with it, and before another of its name is made. */
  onlyDisk?: true;
  /** As the wish had it. Missing: it isn't told again. */
  boot?: string;
  /** Milliseconds since 1970, about: the cloud itself deletes it then. Missing: never. */
  endsBy?: number;
  /** As the wish had it, or was written since. */
  metadata?: Record<string, string>;
  /** Where machines cost money by the hour: since when, milliseconds since 1970. */
  rented?: Rented & { since: number };
}

/** What the price of a machine depends on. */
export interface Rented {
  zone: string;
  machineType: string;
  diskGb: number;
}

export interface Secrets {
  /** Seals it; doing it again with the same name replaces the value. */
  put(name: string, value: string, options?: PutOptions): Promise<void>;
  /** Undefined when there is none. */
  get(name: string, options?: CallOptions): Promise<string | undefined>;
  /** `empty`: made in part, by one that was killed; nothing can be unsealed, and it is to be removed all the same. Undefined: nothing. */
  find(name: string, options?: CallOptions): Promise<"sealed" | "empty" | undefined>;
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
  create(host: string, ip: string, options?: NameOptions): Promise<void>;
  /** Undefined when there is none. */
  find(host: string, options?: CallOptions): Promise<FoundName | undefined>;
  /** With what is proved below it. Removing what isn't there is fine. */
  remove(host: string, options?: CallOptions): Promise<void>;
  /** All that have a machine's name and aren't another gateway's: what the sweep compares with the database. */
  list(options?: CallOptions): Promise<FoundName[]>;
  /**
   * Says these where authorities look before they sign for this host and all names below it (RFC 8555 §8.4), instead of what stood there,
   * and waits until the name servers say so. None takes them away.
   */
  prove(host: string, values: readonly string[], options?: CallOptions): Promise<void>;
  /** What stands there now. */
  proofs(host: string, options?: CallOptions): Promise<string[]>;
}

export interface NameOptions extends CallOptions {
  /** Milliseconds since 1970: nobody wants it any more then. */
  endsBy?: number;
}

export interface FoundName {
  host: string;
  ip: string;
  /** As it was made with. */
  endsBy?: number;
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
  /**
   * Where keys never leave their machines: hands over a machine's request (PEM) for the order that is under way, or begins one for it.
   * Once more is fine. Missing: whoever serves certificates here has their keys, too.
   */
  sign?(host: string, csr: string, options?: CallOptions): Promise<void>;
  /** Begins another order for a request that was signed before. Missing as above. */
  renew?(host: string, csr: string, options?: CallOptions): Promise<void>;
}

export interface FoundCertificate {
  host: string;
  /** Of a machine's request: PEM, the leaf first. */
  chain?: string;
  /** When that is to be renewed, milliseconds since 1970. */
  renewAt?: number;
  /** What is left of an order whose gateway ended: creating it again begins another, removing it takes it away. */
  stale?: true;
  /** `running`: it is served. */
  status: "starting" | "running" | "broken";
  /** Why it is broken. */
  detail?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** How long it is worth waiting here, in milliseconds: an agent's process is there in a second, a VM in minutes. */
export interface Patience {
  /** One call that makes a machine. When it is over, the call has either landed or never will. */
  createMs: number;
  /** The same call failing while a class starts. Then that is given up, and the reason told. */
  troubleMs: number;
  /** A class that begins at a time is started so long before, to be ready then. */
  leadMs: number;
}

/** A machine, and how long it existed or will. */
export interface RentedTime {
  machine: Rented;
  hours: number;
}

/** What machines cost here. */
export interface Costs {
  /** One that isn't made yet, if it gets the place that is asked for first. */
  next: Rented;
  /** Of all these together. */
  of(times: readonly RentedTime[]): Cost;
}

/** US dollars, by list prices. */
export interface Cost {
  /** The items' sum: without traffic, and without what has no known price. */
  usd: number;
  items: CostItem[];
  /** Of a GB that is sent to learners; nobody counts those. Missing: not known. */
  trafficGbUsd?: number;
  /** No price is known of these: `e2-standard-8 in us-east7`. */
  unpriced: string[];
  /** When the prices were written down, `2025-03-06`, and from where. */
  asOf: string;
  source: string;
}

export interface CostItem {
  kind: "machine" | "disk" | "address";
  /** `e2-standard-8 in europe-west4`, `50 GB`, `IPv4` */
  what: string;
  /** How many machines, and how many hours they existed together. */
  count: number;
  hours: number;
  /** An hour's; of disks a month's of one GB. */
  unitUsd: number;
  usd: number;
}

export interface Cloud {
  machines: Machines;
  patience: Patience;
  secrets: Secrets;
  /** Where machines have public names. */
  certificates?: Certificates;
  /** Where the names of machines have to be told to the world, one by one. */
  names?: Names;
  /** Where machines cost money. */
  costs?: Costs;
}

/** One thing that a class needs of the cloud, looked at before it is needed. */
export interface Finding {
  /** `Quota for machines` */
  what: string;
  /** `unknown`: it could not be looked at. */
  state: "green" | "red" | "unknown";
  /** What was seen, and what to do where that isn't well. */
  words: string;
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
