import type { Tenant } from "../names.ts";
import type { DockerSettings } from "../settings.ts";
import { cidrOf, dotted, type Range } from "./addresses.ts";
import { rangeOfTenant } from "./block.ts";
import { admit, admittedIn, firewallNow, OUT_OF_PLACE, raiseFirewall } from "./firewall.ts";
import type { Firewall } from "./firewall-rules.ts";

/** A firewall just raised is there. Longer would trust that nobody flushes it between two seats of one class. */
const RAISED_MS = 3000;
/** Addresses let through for a list of names, for what one seat asked; each is a rule every packet passes. */
const ADMITTED_LIMIT = 100;

/** The machine's firewall over its life: raised, looked after and widened, one thing at a time. */
export class Wall {
  #turn: Promise<unknown> = Promise.resolve();
  #raisedAt = Number.NEGATIVE_INFINITY;
  /** What the kernel said of it when it stood. */
  #stood = "";
  #admitted: Set<string> | undefined;
  readonly #asked = new Map<Tenant, number>();
  /** The port of a seat that strangers may call. */
  readonly #open = new Map<number, number>();

  constructor(
    readonly machine: string,
    readonly settings: DockerSettings,
    readonly block: () => Promise<Range>,
  ) {}

  /** In place when it resolves; ten seats that start together raise it once. */
  raise(): Promise<void> {
    return this.#inTurn(async () => {
      if (performance.now() - this.#raisedAt > RAISED_MS) await this.#raise();
    });
  }

  /** Raised again where anything of it isn't as it was. Before the first seat there is none. */
  mend(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stood === "") return;
      const now = await firewallNow(this.machine);
      // Docker can have put something before it just after it was raised.
      if (now !== this.#stood || now.includes(OUT_OF_PLACE)) await this.#raise();
    });
  }

  /** Whoever calls the machine at this port calls the seat, from when it resolves until it is shut; an agent that starts anew begins with none. */
  openPort(seat: number, port: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#open.set(seat, port);
      await this.#raise();
    });
  }

  /** Also to who was let in before. None open is fine. */
  shutPort(seat: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open.delete(seat) && this.#stood !== "") await this.#raise();
    });
  }

  /** Lets seats reach an address of an allowed name that this one asked for. */
  admit(tenant: Tenant, address: string): Promise<void> {
    return this.#inTurn(async () => {
      const admitted = await this.#addresses();
      const asked = this.#asked.get(tenant) ?? 0;
      if (admitted.has(address) || asked >= ADMITTED_LIMIT) return;
      this.#asked.set(tenant, asked + 1);
      await admit(this.machine, address, this.settings.outbound);
      admitted.add(address);
      this.#stood = await firewallNow(this.machine);
    });
  }

  async #raise(): Promise<void> {
    await raiseFirewall(await this.#whole());
    this.#raisedAt = performance.now();
    this.#stood = await firewallNow(this.machine);
  }

  async #whole(): Promise<Firewall> {
    const { outbound, allow, subnets } = this.settings;
    const [admitted, block] = [[...(await this.#addresses())], await this.block()];
    const open = [...this.#open].map(([seat, port]) => ({ address: dotted(rangeOfTenant(block, seat).first + 2), port }));
    return { machine: this.machine, block: cidrOf(block), outbound, allow, subnets, admitted, open };
  }

  async #addresses(): Promise<Set<string>> {
    const { outbound } = this.settings;
    this.#admitted ??= new Set(outbound.policy === "names" ? await admittedIn(this.machine, outbound) : []);
    return this.#admitted;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
