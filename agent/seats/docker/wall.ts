import { cidrOf, type Range } from "./addresses.ts";
import { admit, admittedIn, type Firewall, firewallStands, raiseFirewall } from "./firewall.ts";
import type { DockerSettings } from "./settings.ts";

/** A firewall just raised is there. Longer would trust that nobody flushes it between two seats of one class. */
const RAISED_MS = 3000;
/** Addresses let through for a list of names, of all seats together; each is a rule every packet passes. */
const ADMITTED_LIMIT = 500;

/** The machine's firewall over its life: raised, looked after and widened, one thing at a time. */
export class Wall {
  #turn: Promise<unknown> = Promise.resolve();
  #raisedAt = Number.NEGATIVE_INFINITY;
  #admitted: Set<string> | undefined;

  constructor(
    readonly machine: string,
    readonly settings: DockerSettings,
    readonly block: () => Promise<Range>,
  ) {}

  /** In place when it resolves; ten seats that start together raise it once. */
  raise(): Promise<void> {
    return this.#inTurn(async () => {
      if (performance.now() - this.#raisedAt < RAISED_MS) return;
      await raiseFirewall(await this.#whole());
      this.#raisedAt = performance.now();
    });
  }

  /** Raised again where anything of it is gone. */
  mend(): Promise<void> {
    return this.#inTurn(async () => {
      const wall = await this.#whole();
      if (!(await firewallStands(wall))) await raiseFirewall(wall);
    });
  }

  /** Lets seats reach an address that an allowed name has. */
  admit(address: string): Promise<void> {
    return this.#inTurn(async () => {
      const admitted = await this.#addresses();
      if (admitted.has(address) || admitted.size >= ADMITTED_LIMIT) return;
      await admit(this.machine, address);
      admitted.add(address);
    });
  }

  async #whole(): Promise<Firewall> {
    const { outbound, allow, subnets } = this.settings;
    const admitted = [...(await this.#addresses())];
    return { machine: this.machine, block: cidrOf(await this.block()), outbound, allow, subnets, admitted };
  }

  async #addresses(): Promise<Set<string>> {
    this.#admitted ??= new Set(this.settings.outbound.policy === "names" ? await admittedIn(this.machine) : []);
    return this.#admitted;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
